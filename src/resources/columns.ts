// The two columns that nearly every kind shows. It refuses to hold columns of one kind.
import { humanDuration } from "../base/duration.ts";
import { parseTime } from "../base/timestamp.ts";
import type { Column } from "../schema/resource.ts";

export const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  doc: "The object's name.",
  cell: (object) => object.metadata.name ?? "",
};

/** Seconds since `timestamp`, as kubectl shows ages; `<unknown>` without one. */
export function age(timestamp: string | undefined, now: number): string {
  return timestamp ? humanDuration(now - parseTime(timestamp).ms) : "<unknown>";
}

export const ageColumn: Column = {
  name: "Age",
  type: "string",
  doc: "How long ago the object was made.",
  cell: (object, { now }) => age(object.metadata.creationTimestamp, now),
};
