// What a node's status says: whether it is ready, what it offers, where it is reached. It refuses to judge pods.
import { findCondition, isTrue } from "../../conditions.ts";
import type { Node } from "./object.ts";

/** Whether the kubelet says that the node is ready. */
export const isNodeReady = (node: Node): boolean => isTrue(node.status.conditions, "Ready");

/** True, False, or Unknown when the kubelet was not heard of for too long or never. */
export const readyStatus = (node: Node): string => findCondition(node.status.conditions, "Ready")?.status ?? "Unknown";

/** What pods may use, by resource, as quantities; all of the capacity where the node keeps nothing back. */
export const allocatable = (node: Node): Readonly<Record<string, string>> =>
  node.status.allocatable ?? node.status.capacity ?? {};

/** The first address of a type: Hostname, InternalIP, ExternalIP, InternalDNS, ExternalDNS. */
export const nodeAddress = (node: Node, type: string): string | undefined =>
  node.status.addresses?.find((address) => address.type === type)?.address;

const ROLE_PREFIX = "node-role.kubernetes.io/";

/** The roles that labels give the node, in order. */
export function nodeRoles(node: Node): readonly string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === "kubernetes.io/role" && value !== "") roles.add(value);
  }
  return [...roles].sort();
}
