// Status as a schema value: its form in protobuf and the order of its fields. It refuses to make errors (status.ts).
import { int32, listAtomic, object, optional, plain, pointer, string } from "../node.ts";
import { ListMeta, typeMeta } from "./object-meta.ts";

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

const STATUS_CAUSE = object(`${META}.StatusCause`, {
  reason: optional(1, string(), "What kind of fault, as one word."),
  message: optional(2, string(), "The fault, for people."),
  field: optional(3, string(), "The field that it is about."),
});

const STATUS_DETAILS = object(`${META}.StatusDetails`, {
  name: optional(1, string(), "The object's name."),
  group: optional(2, string(), "The group of the kind."),
  kind: optional(3, string(), "The kind or the plural name, whichever the failure knows."),
  uid: optional(6, string(), "The object's UID."),
  causes: optional(4, listAtomic(STATUS_CAUSE), "The single faults of an invalid object."),
  retryAfterSeconds: optional(5, int32(), "When to try again."),
});

export const STATUS = object(`${META}.Status`, {
  ...typeMeta,
  metadata: plain(1, ListMeta, "Of an expired list: the token to go on with."),
  status: optional(2, string(), "Success or Failure."),
  message: optional(3, string(), "What happened, for people."),
  reason: optional(4, string(), "Why, as one word for programs."),
  details: pointer(5, STATUS_DETAILS, "What it is about."),
  code: optional(6, int32(), "The HTTP code."),
});
