// Namespace: a room of names that is emptied before it goes. It refuses to empty itself: the namespace controller does.
import { listAtomic, listMap, object, optional, plain, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { command, resource, view } from "../../schema/resource.ts";
import type { RequestFacts, Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";

export const NamespaceSpec = object("k8s.io.api.core.v1.NamespaceSpec", {
  finalizers: optional(1, listAtomic(string()), "Must be empty before the namespace goes."),
});
export interface NamespaceSpec extends ValueIn<typeof NamespaceSpec> {}

export const NamespaceCondition = object("k8s.io.api.core.v1.NamespaceCondition", {
  type: required(1, string(), "What is stated.", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastTransitionTime: optional(4, time(), "When the status last changed."),
  reason: optional(5, string(), "Why, as one CamelCase word."),
  message: optional(6, string(), "Why, for people."),
});
export interface NamespaceCondition extends ValueIn<typeof NamespaceCondition> {}

export const NamespaceStatus = object("k8s.io.api.core.v1.NamespaceStatus", {
  phase: optional(1, string({ enum: ["Active", "Terminating"] }), "Whether the namespace is in use or going away.", {
    judgedByRule: true,
  }),
  conditions: optional(2, listMap(NamespaceCondition, ["type"]), "How far its deletion has come.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface NamespaceStatus extends ValueIn<typeof NamespaceStatus> {}

const schema = object(
  "k8s.io.api.core.v1.Namespace",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, NamespaceSpec, "What is desired of the namespace."),
    status: plain(3, NamespaceStatus, "What is observed of the namespace."),
  },
  { doc: "A scope for names, and for the policies that hold within it." },
);
export interface Namespace extends ValueIn<typeof schema> {}

/** The finalizer in spec that the namespace controller takes away when nothing is left. */
export const KUBERNETES_FINALIZER = "kubernetes";

/** Finalizers that need no domain. */
const STANDARD_FINALIZERS = [KUBERNETES_FINALIZER, "orphan", "foregroundDeletion"];

/** Every namespace carries its name as a label, so that selectors can name it. */
export const NAME_LABEL = "kubernetes.io/metadata.name";

// Errors name the Go field here.
const PHASE = FieldPath.of("status", "Phase");

/** Checked once: an update cannot bring finalizers. */
const finalizersQualified: Rule<Namespace> = function* ({ spec }, { old }) {
  if (old) return;
  const path = FieldPath.of("spec", "finalizers");
  for (const finalizer of spec.finalizers ?? []) {
    yield* formatFaults(path, finalizer, "qualifiedName");
    if (!finalizer.includes("/") && !STANDARD_FINALIZERS.includes(finalizer))
      yield fieldInvalid(path, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
  }
};

/** Nobody may call a namespace Terminating that is not, nor take it back. */
const phaseFollowsDeletion: Rule<Namespace> = function* ({ metadata, status }, { request }) {
  if (request.subresource !== "status") return;
  const { phase = "" } = status;
  if (metadata.deletionTimestamp === undefined && phase !== "Active") {
    yield fieldInvalid(PHASE, phase, "may only be 'Active' if `deletionTimestamp` is empty");
  }
  if (metadata.deletionTimestamp !== undefined && phase !== "Terminating") {
    yield fieldInvalid(PHASE, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
  }
};

/** See schema/resource.ts: `prepare`. The label comes back however often somebody takes it off. */
function prepare(object: Namespace, old: Namespace | undefined, request: RequestFacts): Namespace {
  const { name = "", labels } = object.metadata;
  const metadata =
    name === "" || labels?.[NAME_LABEL] === name
      ? object.metadata
      : { ...object.metadata, labels: { ...labels, [NAME_LABEL]: name } };
  if (!old) {
    const { finalizers = [] } = object.spec;
    const kept = finalizers.includes(KUBERNETES_FINALIZER) ? finalizers : [...finalizers, KUBERNETES_FINALIZER];
    return { ...object, metadata, spec: { ...object.spec, finalizers: kept }, status: { phase: "Active" } };
  }
  // Finalizers leave through /finalize alone.
  const spec = request.subresource === "finalize" ? object.spec : old.spec;
  return { ...object, metadata, spec, status: request.subresource === "status" ? object.status : old.status };
}

export const Namespace = resource<Namespace>({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  shortNames: ["ns"],
  scope: "Cluster",
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  schema,
  nameFormat: "dns1123Label",
  generationOf: [],
  subresources: { finalize: command("finalizeNamespace", ["update"]), status: view(["status"]) },
  deletion: { returns: "object", propagation: "Background" },
  selectableFields: { "status.phase": ({ status }) => status.phase ?? "" },
  columns: [
    nameColumn,
    { name: "Status", type: "string", doc: "Active or Terminating.", cell: ({ status }) => status.phase ?? "" },
    ageColumn,
  ],
  prepare,
  rules: [finalizersQualified, phaseFollowsDeletion],
});
