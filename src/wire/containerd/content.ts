// containerd's content store: blobs by digest, as messages and as two functions that move bytes.
// It refuses to know what a blob means (oci-image.ts does).
import type { CallOptions, ServiceClient } from "../grpc/client.ts";
import { GrpcError } from "../grpc/error.ts";
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn, MessageInit } from "../protobuf/message.ts";
import { bytes, enumeration, int64, string } from "../protobuf/scalar.ts";
import { bidiStream, serverStream, service, unary } from "../protobuf/service.ts";
import { Empty, FieldMask, Timestamp } from "../protobuf/well-known.ts";

export const Info = message("containerd.services.content.v1.Info", {
  digest: field(1, string),
  size: field(2, int64),
  createdAt: field(3, Timestamp),
  updatedAt: field(4, Timestamp),
  labels: field(5, map(string, string)),
});
export interface Info extends MessageIn<typeof Info> {}

const InfoRequest = message("containerd.services.content.v1.InfoRequest", { digest: field(1, string) });
const InfoResponse = message("containerd.services.content.v1.InfoResponse", { info: field(1, Info) });

/** `updateMask` names what changes, such as `labels.containerd.io/gc.root`. */
const UpdateRequest = message("containerd.services.content.v1.UpdateRequest", {
  info: field(1, Info),
  updateMask: field(2, FieldMask),
});
const UpdateResponse = message("containerd.services.content.v1.UpdateResponse", { info: field(1, Info) });
const ListContentRequest = message("containerd.services.content.v1.ListContentRequest", {
  filters: field(1, repeated(string)),
});
const ListContentResponse = message("containerd.services.content.v1.ListContentResponse", {
  info: field(1, repeated(Info)),
});
const DeleteContentRequest = message("containerd.services.content.v1.DeleteContentRequest", {
  digest: field(1, string),
});

/** `size` 0 reads to the end. */
const ReadContentRequest = message("containerd.services.content.v1.ReadContentRequest", {
  digest: field(1, string),
  offset: field(2, int64),
  size: field(3, int64),
});
const ReadContentResponse = message("containerd.services.content.v1.ReadContentResponse", {
  offset: field(1, int64),
  data: field(2, bytes),
});

/** A write that has begun and not been committed. */
const Status = message("containerd.services.content.v1.Status", {
  startedAt: field(1, Timestamp),
  updatedAt: field(2, Timestamp),
  ref: field(3, string),
  offset: field(4, int64),
  total: field(5, int64),
  expected: field(6, string),
});
const StatusRequest = message("containerd.services.content.v1.StatusRequest", { ref: field(1, string) });
const StatusResponse = message("containerd.services.content.v1.StatusResponse", { status: field(1, Status) });
const ListStatusesRequest = message("containerd.services.content.v1.ListStatusesRequest", {
  filters: field(1, repeated(string)),
});
const ListStatusesResponse = message("containerd.services.content.v1.ListStatusesResponse", {
  statuses: field(1, repeated(Status)),
});

const WriteAction = enumeration({ STAT: 0, WRITE: 1, COMMIT: 2 });

/** One step of a write; the first names the `ref`. A COMMIT may bring the last data. */
const WriteContentRequest = message("containerd.services.content.v1.WriteContentRequest", {
  action: field(1, WriteAction),
  ref: field(2, string),
  total: field(3, int64),
  expected: field(4, string),
  offset: field(5, int64),
  data: field(6, bytes),
  labels: field(7, map(string, string)),
});
const WriteContentResponse = message("containerd.services.content.v1.WriteContentResponse", {
  action: field(1, WriteAction),
  startedAt: field(2, Timestamp),
  updatedAt: field(3, Timestamp),
  offset: field(4, int64),
  total: field(5, int64),
  digest: field(6, string),
});
const AbortRequest = message("containerd.services.content.v1.AbortRequest", { ref: field(1, string) });

export const Content = service("containerd.services.content.v1.Content", {
  Info: unary(InfoRequest, InfoResponse),
  Update: unary(UpdateRequest, UpdateResponse),
  List: serverStream(ListContentRequest, ListContentResponse),
  Delete: unary(DeleteContentRequest, Empty),
  Read: serverStream(ReadContentRequest, ReadContentResponse),
  Status: unary(StatusRequest, StatusResponse),
  ListStatuses: unary(ListStatusesRequest, ListStatusesResponse),
  Write: bidiStream(WriteContentRequest, WriteContentResponse),
  Abort: unary(AbortRequest, Empty),
});

export type ContentClient = ServiceClient<(typeof Content)["methods"]>;

/** A blob to store. */
export interface Blob {
  /** `sha256:…`; the store refuses other bytes. A function when it is known only after the data: called once. */
  readonly digest: string | (() => string);
  readonly data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Bytes in one message: well below the servers' limit of 16 MiB, and what a turn of the loop can copy. */
const CHUNK = 1 << 20;

/**
 * Stores a blob and answers its digest; a blob that is there already is left as it is, labels included.
 * `ref` names the write: two writes of one ref at a time exclude each other (Unavailable).
 * Without a lease in `options.metadata` the blob may be collected at any moment.
 */
export async function writeBlob(
  content: ContentClient,
  ref: string,
  blob: Blob,
  options: CallOptions = {},
): Promise<string> {
  async function* requests(): AsyncIterable<MessageInit<typeof WriteContentRequest>> {
    const known = typeof blob.digest === "string" ? blob.digest : undefined;
    let offset = 0;
    for await (const data of blob.data) {
      for (let at = 0; at < data.length; at += CHUNK) {
        const part = data.subarray(at, at + CHUNK);
        yield { action: "WRITE", ref, offset, data: part, expected: known };
        offset += part.length;
      }
    }
    digest = typeof blob.digest === "string" ? blob.digest : blob.digest();
    yield { action: "COMMIT", ref, offset, total: offset, expected: digest, labels: blob.labels };
  }
  let digest = typeof blob.digest === "string" ? blob.digest : undefined;
  let committed = false;
  try {
    for await (const answer of content.write(requests(), options)) {
      committed ||= answer.action === "COMMIT";
    }
  } catch (error) {
    if (!(error instanceof GrpcError) || error.code !== "AlreadyExists") throw error;
    committed = true;
  }
  if (!committed || digest === undefined) throw new GrpcError("Internal", `the write of ${ref} was not committed`);
  return digest;
}

/** The bytes of a blob; NotFound when it is not there, OutOfRange when it is larger than `atMost` bytes. */
export async function readBlob(
  content: ContentClient,
  digest: string,
  atMost: number,
  options: CallOptions = {},
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const { data } of content.read({ digest }, options)) {
    size += data.length;
    if (size > atMost) throw new GrpcError("OutOfRange", `the blob ${digest} is larger than ${atMost} bytes`);
    parts.push(data);
  }
  return Buffer.concat(parts, size);
}
