// What happens to containers, as a stream of CRI messages (containerd since 1.7).
// It refuses to be containerd's own events (wire/containerd/events.ts).
import { field, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bigInt64, enumeration, string } from "../protobuf/scalar.ts";
import { ContainerStatus } from "./container.ts";
import { PodSandboxStatus } from "./sandbox.ts";

export const GetEventsRequest = message("runtime.v1.GetEventsRequest", {});

/** The kubelet reads STOPPED as "look at it", whatever the reason. */
export const ContainerEventType = enumeration({
  CONTAINER_CREATED_EVENT: 0,
  CONTAINER_STARTED_EVENT: 1,
  CONTAINER_STOPPED_EVENT: 2,
  CONTAINER_DELETED_EVENT: 3,
});
export type ContainerEventType = keyof typeof ContainerEventType.numbers;

/** With the whole status of the pod, so that no further call is needed. Containers of DELETED ones are absent. */
export const ContainerEventResponse = message("runtime.v1.ContainerEventResponse", {
  containerId: field(1, string),
  containerEventType: field(2, ContainerEventType),
  createdAt: field(3, bigInt64),
  podSandboxStatus: field(4, PodSandboxStatus),
  containersStatuses: field(5, repeated(ContainerStatus)),
});
export interface ContainerEventResponse extends MessageIn<typeof ContainerEventResponse> {}
