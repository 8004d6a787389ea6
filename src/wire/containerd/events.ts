// containerd's own events, which tell what the CRI of 1.6 does not: a task ended, ran out of memory, an image came.
// It refuses to interpret them beyond their own fields, and to promise that none is missed.
import type { CallOptions, GrpcConnection } from "../grpc/client.ts";
import { field, message, repeated } from "../protobuf/message.ts";
import type { AnyMessage, MessageIn } from "../protobuf/message.ts";
import { string, uint32 } from "../protobuf/scalar.ts";
import { serverStream, service, unary } from "../protobuf/service.ts";
import { Any, Empty, Timestamp } from "../protobuf/well-known.ts";

/** An event with its place: `/tasks/exit` in the namespace `k8s.io`. */
export const Envelope = message("containerd.types.Envelope", {
  timestamp: field(1, Timestamp),
  namespace: field(2, string),
  topic: field(3, string),
  event: field(4, Any),
});
export interface Envelope extends MessageIn<typeof Envelope> {}

/** Filters such as `namespace==k8s.io,topic~=^/tasks/`; any may hold. */
const SubscribeRequest = message("containerd.services.events.v1.SubscribeRequest", {
  filters: field(1, repeated(string)),
});
const PublishRequest = message("containerd.services.events.v1.PublishRequest", {
  topic: field(1, string),
  event: field(2, Any),
});

export const Events = service("containerd.services.events.v1.Events", {
  Publish: unary(PublishRequest, Empty),
  Subscribe: serverStream(SubscribeRequest, Envelope),
});

/** A process is over: the container's own when `id` is `containerId`, else that of an exec. */
export const TaskExit = message("containerd.events.TaskExit", {
  containerId: field(1, string),
  id: field(2, string),
  pid: field(3, uint32),
  exitStatus: field(4, uint32),
  exitedAt: field(5, Timestamp),
});
export interface TaskExit extends MessageIn<typeof TaskExit> {}

const TaskStart = message("containerd.events.TaskStart", { containerId: field(1, string), pid: field(2, uint32) });
const TaskOOM = message("containerd.events.TaskOOM", { containerId: field(1, string) });
const TaskDelete = message("containerd.events.TaskDelete", {
  containerId: field(1, string),
  pid: field(2, uint32),
  exitStatus: field(3, uint32),
  exitedAt: field(4, Timestamp),
  id: field(5, string),
});
const ContainerCreate = message("containerd.events.ContainerCreate", { id: field(1, string), image: field(2, string) });
const ContainerDelete = message("containerd.events.ContainerDelete", { id: field(1, string) });
const ImageEvent = message("containerd.events.ImageCreate", { name: field(1, string) });

/** What Kaji reads of containerd's events. The container's id is the CRI's id, of sandboxes too. */
export type RuntimeEvent =
  | { readonly topic: "/tasks/start"; readonly containerId: string }
  | { readonly topic: "/tasks/exit"; readonly containerId: string; readonly execId?: string; readonly exitCode: number }
  | { readonly topic: "/tasks/oom" | "/tasks/delete"; readonly containerId: string }
  | { readonly topic: "/containers/create" | "/containers/delete"; readonly containerId: string }
  | { readonly topic: "/images/create" | "/images/update" | "/images/delete"; readonly image: string };

const payload = <M extends AnyMessage>(type: M, envelope: Envelope): ReturnType<M["decode"]> =>
  type.decode(envelope.event?.value ?? new Uint8Array(0)) as ReturnType<M["decode"]>;

/** Undefined for topics that Kaji has no use for. Throws ProtobufError for an event that is not what its topic says. */
export function runtimeEventOf(envelope: Envelope): RuntimeEvent | undefined {
  const topic = envelope.topic;
  switch (topic) {
    case "/tasks/start":
      return { topic, containerId: payload(TaskStart, envelope).containerId };
    case "/tasks/exit": {
      const { containerId, id, exitStatus } = payload(TaskExit, envelope);
      return { topic, containerId, exitCode: exitStatus, ...(id !== containerId && { execId: id }) };
    }
    case "/tasks/oom":
      return { topic, containerId: payload(TaskOOM, envelope).containerId };
    case "/tasks/delete":
      return { topic, containerId: payload(TaskDelete, envelope).containerId };
    case "/containers/create":
      return { topic, containerId: payload(ContainerCreate, envelope).id };
    case "/containers/delete":
      return { topic, containerId: payload(ContainerDelete, envelope).id };
    case "/images/create":
    case "/images/update":
    case "/images/delete":
      return { topic, image: payload(ImageEvent, envelope).name };
    default:
      return undefined;
  }
}

/**
 * The events of one containerd namespace from now on, until the signal aborts or the connection ends: then it throws.
 * Whoever subscribes again must look at everything once, because events were missed.
 */
export async function* watchEvents(
  connection: GrpcConnection,
  namespace: string,
  options: CallOptions = {},
): AsyncIterable<RuntimeEvent> {
  const filters = ["tasks", "containers", "images"].map((area) => `namespace==${namespace},topic~=^/${area}/`);
  for await (const envelope of connection.client(Events).subscribe({ filters }, options)) {
    const event = runtimeEventOf(envelope);
    if (event !== undefined) yield event;
  }
}
