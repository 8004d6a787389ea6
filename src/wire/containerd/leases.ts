// containerd's leases: what keeps fresh content from the garbage collector. It refuses to collect.
import type { CallOptions, GrpcConnection } from "../grpc/client.ts";
import { GrpcError, isNotFound } from "../grpc/error.ts";
import { field, map, message, repeated } from "../protobuf/message.ts";
import { bool, string } from "../protobuf/scalar.ts";
import { service, unary } from "../protobuf/service.ts";
import { Empty, Timestamp } from "../protobuf/well-known.ts";

const Lease = message("containerd.services.leases.v1.Lease", {
  id: field(1, string),
  createdAt: field(2, Timestamp),
  labels: field(3, map(string, string)),
});
/** The label `containerd.io/gc.expire` (RFC 3339) ends a lease by itself. */
const CreateRequest = message("containerd.services.leases.v1.CreateRequest", {
  id: field(1, string),
  labels: field(3, map(string, string)),
});
const CreateResponse = message("containerd.services.leases.v1.CreateResponse", { lease: field(1, Lease) });
/** `sync` waits for the collection that follows. */
const DeleteRequest = message("containerd.services.leases.v1.DeleteRequest", {
  id: field(1, string),
  sync: field(2, bool),
});
const ListRequest = message("containerd.services.leases.v1.ListRequest", { filters: field(1, repeated(string)) });
const ListResponse = message("containerd.services.leases.v1.ListResponse", { leases: field(1, repeated(Lease)) });
/** `type` is `content`, `ingest` or `snapshots/overlayfs`. */
const Resource = message("containerd.services.leases.v1.Resource", { id: field(1, string), type: field(2, string) });
const ResourceRequest = message("containerd.services.leases.v1.AddResourceRequest", {
  id: field(1, string),
  resource: field(2, Resource),
});
const ListResourcesRequest = message("containerd.services.leases.v1.ListResourcesRequest", { id: field(1, string) });
const ListResourcesResponse = message("containerd.services.leases.v1.ListResourcesResponse", {
  resources: field(1, repeated(Resource)),
});

export const Leases = service("containerd.services.leases.v1.Leases", {
  Create: unary(CreateRequest, CreateResponse),
  Delete: unary(DeleteRequest, Empty),
  List: unary(ListRequest, ListResponse),
  AddResource: unary(ResourceRequest, Empty),
  DeleteResource: unary(ResourceRequest, Empty),
  ListResources: unary(ListResourcesRequest, ListResourcesResponse),
});

/** The header that puts what a call makes under a lease. */
const LEASE_HEADER = "containerd-lease";

/**
 * Runs `work` with call options that keep what it stores, and ends the lease afterwards.
 * `id` should follow from what is stored: a lease that a crash left behind is taken over, not doubled.
 */
export async function withLease<T>(
  connection: GrpcConnection,
  namespace: Readonly<Record<string, string>>,
  id: string,
  work: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const leases = connection.client(Leases, namespace);
  await leases.create({ id }).catch((error: unknown) => {
    if (!(error instanceof GrpcError) || error.code !== "AlreadyExists") throw error;
  });
  try {
    return await work({ metadata: { [LEASE_HEADER]: id } });
  } finally {
    await leases.delete({ id }).catch((error: unknown) => {
      // Gone is what was wanted; a server that vanished meanwhile leaves the lease for the next taker.
      if (!isNotFound(error) && !(error instanceof GrpcError && error.code === "Unavailable")) throw error;
    });
  }
}
