// A write by a kubelet: whose it is, and how it is refused. It refuses to judge one.
import type { User } from "../request.ts";
import type { AdmissionRequest, AdmissionServices } from "./plugin.ts";

/** What a kubelet's name begins with. */
export const PREFIX = "system:node:";

/** The node that a user is the kubelet of, or undefined. */
export function nodeOfUser(user: User): string | undefined {
  return user.name.startsWith(PREFIX) && user.groups.includes("system:nodes")
    ? user.name.slice(PREFIX.length)
    : undefined;
}

/** One write of a node's. */
export interface NodeWrite {
  readonly request: AdmissionRequest;
  readonly services: AdmissionServices;
  readonly node: string;
  /** 403 with the reason. */
  readonly refuse: (why: string) => Error;
}

/** The annotation of pods that stand for what a kubelet runs by itself. */
export const MIRROR = "kubernetes.io/config.mirror";
