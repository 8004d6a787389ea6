// The containers of a pod's specification by their role. It refuses to know which of them run.
import { isSidecar } from "../../resources/core/pod/requests.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { Container } from "../../resources/core/pod/container.ts";
import type { AnyContainer } from "../parts.ts";

export type ContainerRole = "init" | "sidecar" | "app" | "ephemeral";

export interface PodContainer {
  readonly role: ContainerRole;
  readonly spec: AnyContainer;
}

export const roleOfInit = (container: Container): "init" | "sidecar" => (isSidecar(container) ? "sidecar" : "init");

/** Init containers and sidecars, then app containers, then ephemeral ones: each in the order of the specification. */
export function allContainers({ spec }: Pick<Pod, "spec">): readonly PodContainer[] {
  return [
    ...(spec.initContainers ?? []).map((one) => ({ role: roleOfInit(one), spec: one })),
    ...spec.containers.map((one) => ({ role: "app" as const, spec: one })),
    ...(spec.ephemeralContainers ?? []).map((one) => ({ role: "ephemeral" as const, spec: one })),
  ];
}

export const containerOf = (pod: Pick<Pod, "spec">, name: string): PodContainer | undefined =>
  allContainers(pod).find(({ spec }) => spec.name === name);

/** As events name it: `spec.containers{web}`. */
export function fieldPathOf(pod: Pick<Pod, "spec">, name: string): string {
  const role = containerOf(pod, name)?.role;
  if (role === "init" || role === "sidecar") return `spec.initContainers{${name}}`;
  return role === "ephemeral" ? `spec.ephemeralContainers{${name}}` : `spec.containers{${name}}`;
}

/** What makes a running container another one: its name and image. In hexadecimal, as upstream writes it. */
export function specHash({ name, image }: Pick<AnyContainer, "name" | "image">): string {
  // FNV-1a over the two, apart by a byte that neither can have.
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${name}\0${image ?? ""}`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16);
}
