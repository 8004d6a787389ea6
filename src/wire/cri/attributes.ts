// Whose a statistic is: the identity of a container or a pod. CRI messages.
// It refuses to hold figures (stats.ts).
import { field, map, message } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { string } from "../protobuf/scalar.ts";
import { ContainerMetadata } from "./container-config.ts";
import { PodSandboxMetadata } from "./sandbox-config.ts";

export const ContainerAttributes = message("runtime.v1.ContainerAttributes", {
  id: field(1, string),
  metadata: field(2, ContainerMetadata),
  labels: field(3, map(string, string)),
  annotations: field(4, map(string, string)),
});
export interface ContainerAttributes extends MessageIn<typeof ContainerAttributes> {}

export const PodSandboxAttributes = message("runtime.v1.PodSandboxAttributes", {
  id: field(1, string),
  metadata: field(2, PodSandboxMetadata),
  labels: field(3, map(string, string)),
  annotations: field(4, map(string, string)),
});
export interface PodSandboxAttributes extends MessageIn<typeof PodSandboxAttributes> {}
