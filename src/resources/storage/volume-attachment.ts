// VolumeAttachment: that a volume shall be attached to a node, and whether it is. It refuses to attach.
import { ageColumn, nameColumn } from "../columns.ts";
import { PersistentVolumeSpec } from "../core/persistent-volume/object.ts";
import { volumeSpecFaults } from "../core/persistent-volume/rules.ts";
import { driverNameFaults } from "../core/pod/rules/volume-sources.ts";
import { formatFaults } from "../faults.ts";
import { preparesStatus } from "../status.ts";
import { semanticEqual } from "../../schema/equality.ts";
import { fieldForbidden, fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { boolean, int32, map, object, optional, plain, pointer, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const VolumeError = object("k8s.io.api.storage.v1.VolumeError", {
  time: optional(1, time(), "When it happened."),
  message: optional(2, string(), "What happened."),
  errorCode: pointer(3, int32(), "The driver's gRPC code.", { gate: "MutableCSINodeAllocatableCount" }),
});
export interface VolumeError extends ValueIn<typeof VolumeError> {}

export const VolumeAttachmentSource = object("k8s.io.api.storage.v1.VolumeAttachmentSource", {
  persistentVolumeName: pointer(1, string(), "The volume, by name."),
  inlineVolumeSpec: pointer(2, PersistentVolumeSpec, "The volume, whole."),
});
export interface VolumeAttachmentSource extends ValueIn<typeof VolumeAttachmentSource> {}

export const VolumeAttachmentSpec = object("k8s.io.api.storage.v1.VolumeAttachmentSpec", {
  attacher: required(1, string(), "The driver that attaches.", { toldLast: true }),
  source: required(2, VolumeAttachmentSource, "The volume."),
  nodeName: required(3, string(), "The node."),
});
export interface VolumeAttachmentSpec extends ValueIn<typeof VolumeAttachmentSpec> {}

export const VolumeAttachmentStatus = object("k8s.io.api.storage.v1.VolumeAttachmentStatus", {
  attached: required(1, boolean(), "Whether it is attached."),
  attachmentMetadata: optional(2, map(string()), "What the driver says of it, for mounting."),
  attachError: pointer(3, VolumeError, "Why attaching failed last."),
  detachError: pointer(4, VolumeError, "Why detaching failed last."),
});
export interface VolumeAttachmentStatus extends ValueIn<typeof VolumeAttachmentStatus> {}

const schema = object(
  "k8s.io.api.storage.v1.VolumeAttachment",
  {
    ...typeMeta,
    metadata,
    spec: required(2, VolumeAttachmentSpec, "What is to be attached where."),
    status: plain(3, VolumeAttachmentStatus, "Whether it is."),
  },
  { doc: "That a volume is to be attached to a node." },
);
export interface VolumeAttachment extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";

const attachmentValid: Rule<VolumeAttachment> = function* ({ spec }, { request }) {
  if (request.subresource !== "") return;
  const { attacher, nodeName, source } = spec;
  if (attacher !== "") yield* driverNameFaults(attacher, SPEC.child("attacher"));
  const path = SPEC.child("source");
  const { inlineVolumeSpec, persistentVolumeName } = source;
  if (inlineVolumeSpec === undefined && persistentVolumeName === undefined) yield fieldRequired(path, ONE);
  else if (inlineVolumeSpec !== undefined && persistentVolumeName !== undefined) yield fieldForbidden(path, ONE);
  else if (persistentVolumeName === "") {
    yield fieldRequired(path.child("persistentVolumeName"), "must specify non empty persistentVolumeName");
  } else if (inlineVolumeSpec) yield* volumeSpecFaults(inlineVolumeSpec, path.child("inlineVolumeSpec"), true);
  if (nodeName !== "") yield* formatFaults(SPEC.child("nodeName"), nodeName, "dns1123Subdomain");
};

/** Upstream's message does not show the value. */
const specStays: Rule<VolumeAttachment> = function* ({ spec }, { old }) {
  if (old && !semanticEqual(VolumeAttachmentSpec, spec, old.spec))
    yield fieldInvalid(SPEC, undefined, "field is immutable");
};

export const VolumeAttachment = resource<VolumeAttachment>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  scope: "Cluster",
  schema,
  generationOf: [],
  unconditionalUpdate: false,
  deletion: { returns: "object", propagation: "Background" },
  columns: [
    nameColumn,
    { name: "Attacher", type: "string", format: "name", doc: "Who attaches.", cell: ({ spec }) => spec.attacher },
    { name: "PV", type: "string", doc: "The volume.", cell: ({ spec }) => spec.source.persistentVolumeName ?? "" },
    { name: "Node", type: "string", doc: "The node.", cell: ({ spec }) => spec.nodeName },
    { name: "Attached", type: "boolean", doc: "Whether it is attached.", cell: ({ status }) => status.attached },
    ageColumn,
  ],
  prepare: preparesStatus<VolumeAttachment>(schema),
  rules: [attachmentValid, specStays],
});
