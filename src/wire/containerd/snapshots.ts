// containerd's snapshots (what file systems are stacked of) and its differ (which unpacks layers into them). Messages only; it
// refuses to mount.
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { enumeration, string } from "../protobuf/scalar.ts";
import { service, unary } from "../protobuf/service.ts";
import { Empty } from "../protobuf/well-known.ts";
import { Descriptor } from "./images.ts";

/** What the mount program is to be told. */
export const SnapshotMount = message("containerd.types.Mount", {
  type: field(1, string),
  source: field(2, string),
  target: field(3, string),
  options: field(4, repeated(string)),
});
export interface SnapshotMount extends MessageIn<typeof SnapshotMount> {}

const SnapshotKind = enumeration({ UNKNOWN: 0, VIEW: 1, ACTIVE: 2, COMMITTED: 3 });
const Info = message("containerd.services.snapshots.v1.Info", {
  name: field(1, string),
  parent: field(2, string),
  kind: field(3, SnapshotKind),
  labels: field(6, map(string, string)),
});

/** `parent` is a committed one; "" for an empty file system. */
const MakeRequest = message("containerd.services.snapshots.v1.PrepareSnapshotRequest", {
  snapshotter: field(1, string),
  key: field(2, string),
  parent: field(3, string),
  labels: field(4, map(string, string)),
});
const MountsResponse = message("containerd.services.snapshots.v1.MountsResponse", {
  mounts: field(1, repeated(SnapshotMount)),
});
const KeyRequest = message("containerd.services.snapshots.v1.MountsRequest", {
  snapshotter: field(1, string),
  key: field(2, string),
});
const CommitRequest = message("containerd.services.snapshots.v1.CommitSnapshotRequest", {
  snapshotter: field(1, string),
  name: field(2, string),
  key: field(3, string),
  labels: field(4, map(string, string)),
});
const StatResponse = message("containerd.services.snapshots.v1.StatSnapshotResponse", { info: field(1, Info) });

/** A view is read-only; what is prepared can be committed, under a name that others may take as their parent. */
export const Snapshots = service("containerd.services.snapshots.v1.Snapshots", {
  Prepare: unary(MakeRequest, MountsResponse),
  View: unary(MakeRequest, MountsResponse),
  Mounts: unary(KeyRequest, MountsResponse),
  Commit: unary(CommitRequest, Empty),
  Remove: unary(KeyRequest, Empty),
  Stat: unary(KeyRequest, StatResponse),
});

const ApplyRequest = message("containerd.services.diff.v1.ApplyRequest", {
  diff: field(1, Descriptor),
  mounts: field(2, repeated(SnapshotMount)),
});
/** `applied` describes the layer without its compression. */
const ApplyResponse = message("containerd.services.diff.v1.ApplyResponse", { applied: field(1, Descriptor) });

export const Diff = service("containerd.services.diff.v1.Diff", { Apply: unary(ApplyRequest, ApplyResponse) });
