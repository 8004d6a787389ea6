// The messages of google.protobuf that container runtimes, CSI and etcd use. It refuses to hold anything of theirs.
import { field, message, repeated } from "./message.ts";
import type { MessageIn } from "./message.ts";
import { bool, bytes, int32, int64, string } from "./scalar.ts";

export const Empty = message("google.protobuf.Empty", {});

/** A message of any type: `typeUrl` ends in its full name. */
export const Any = message("google.protobuf.Any", { typeUrl: field(1, string), value: field(2, bytes) });
export interface Any extends MessageIn<typeof Any> {}

/** Seconds since 1970 and nanoseconds within the second. */
export const Timestamp = message("google.protobuf.Timestamp", { seconds: field(1, int64), nanos: field(2, int32) });
export interface Timestamp extends MessageIn<typeof Timestamp> {}

export const Duration = message("google.protobuf.Duration", { seconds: field(1, int64), nanos: field(2, int32) });
export interface Duration extends MessageIn<typeof Duration> {}

/** Which fields an update touches, by their snake_case paths. */
export const FieldMask = message("google.protobuf.FieldMask", { paths: field(1, repeated(string)) });

export const BoolValue = message("google.protobuf.BoolValue", { value: field(1, bool) });
