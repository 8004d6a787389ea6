// The options of the verbs as schema values: what may come as a body or be encoded for a webhook. It refuses to read
// query parameters and to judge (the API server does, by verb).
import { boolean, int64, listAtomic, object, optional, pointer, rawExtension, required, string } from "../node.ts";
import type { ValueIn } from "../node.ts";
import { typeMeta } from "./object-meta.ts";

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

const dryRun = (tag: number) => optional(tag, listAtomic(string()), "All to change nothing.");
const fieldManager = (tag: number) => optional(tag, string(), "Who is to own the fields that are set.");
const fieldValidation = (tag: number) =>
  optional(tag, string(), "Strict, Warn or Ignore: what unknown and duplicate fields do.");

export const GetOptions = object(`${META}.GetOptions`, {
  ...typeMeta,
  resourceVersion: optional(1, string(), "At least how new the answer has to be."),
});
export interface GetOptions extends ValueIn<typeof GetOptions> {}

export const ListOptions = object(`${META}.ListOptions`, {
  ...typeMeta,
  labelSelector: optional(1, string(), "Only objects with such labels."),
  fieldSelector: optional(2, string(), "Only objects with such fields."),
  watch: optional(3, boolean(), "Changes instead of a list."),
  allowWatchBookmarks: optional(9, boolean(), "The watch may tell its version without an object."),
  resourceVersion: optional(4, string(), "The version to list at, or to watch from."),
  resourceVersionMatch: optional(10, string(), "How the version is meant: Exact or NotOlderThan."),
  timeoutSeconds: pointer(5, int64(), "When the call ends."),
  limit: optional(7, int64(), "At most so many objects in an answer."),
  continue: optional(8, string(), "The token that the page before came with."),
  sendInitialEvents: pointer(11, boolean(), "The watch begins with what there is, and marks its end."),
  shardSelector: optional(15, string(), "Only objects of this shard.", { gate: "ShardedListAndWatch" }),
});
export interface ListOptions extends ValueIn<typeof ListOptions> {}

export const CreateOptions = object(`${META}.CreateOptions`, {
  ...typeMeta,
  dryRun: dryRun(1),
  fieldManager: fieldManager(3),
  fieldValidation: fieldValidation(4),
});
export interface CreateOptions extends ValueIn<typeof CreateOptions> {}

export const UpdateOptions = object(`${META}.UpdateOptions`, {
  ...typeMeta,
  dryRun: dryRun(1),
  fieldManager: fieldManager(2),
  fieldValidation: fieldValidation(3),
});
export interface UpdateOptions extends ValueIn<typeof UpdateOptions> {}

export const PatchOptions = object(`${META}.PatchOptions`, {
  ...typeMeta,
  dryRun: dryRun(1),
  force: pointer(2, boolean(), "An apply takes fields from other managers."),
  fieldManager: fieldManager(3),
  fieldValidation: fieldValidation(4),
});
export interface PatchOptions extends ValueIn<typeof PatchOptions> {}

export const WatchEvent = object(`${META}.WatchEvent`, {
  type: required(1, string(), "ADDED, MODIFIED, DELETED, BOOKMARK or ERROR."),
  object: required(2, rawExtension(), "The object, or the Status of an error."),
});
export interface WatchEvent extends ValueIn<typeof WatchEvent> {}
