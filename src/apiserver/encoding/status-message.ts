// Status as a schema value, for its protobuf message. In JSON a Status is written as it is (schema/meta/status.ts).
import { int32, listAtomic, object, optional, pointer, string } from "../../schema/node.ts";
import { ListMeta, typeMeta } from "../../schema/meta/object-meta.ts";

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

const StatusCause = object(`${META}.StatusCause`, {
  reason: optional(1, string(), "What kind of cause."),
  message: optional(2, string(), "The cause for people."),
  field: optional(3, string(), "The field that caused it."),
});

const StatusDetails = object(`${META}.StatusDetails`, {
  name: optional(1, string(), "The object's name."),
  group: optional(2, string(), "The object's group."),
  kind: optional(3, string(), "The object's kind, or the plural of its resource."),
  uid: optional(6, string(), "The object's uid."),
  causes: optional(4, listAtomic(StatusCause), "The single causes."),
  retryAfterSeconds: optional(5, int32(), "When to try again."),
});

export const StatusMessage = object(`${META}.Status`, {
  ...typeMeta,
  metadata: optional(1, ListMeta, "Metadata of lists."),
  status: optional(2, string(), "Success or Failure."),
  message: optional(3, string(), "What happened, for people."),
  reason: optional(4, string(), "What happened, for programs."),
  details: pointer(5, StatusDetails, "About which object, and why."),
  code: optional(6, int32(), "The HTTP code."),
});
