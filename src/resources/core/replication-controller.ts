// ReplicationController: what came before ReplicaSet, with a selector of labels only. It refuses to make pods
// (controllers/).
import {
  int32,
  int64,
  listMap,
  map,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { resource, scale, view } from "../../schema/resource.ts";
import type { RequestFacts, Rule } from "../../schema/resource.ts";
import { containerNames, countColumn, imageNames, labelsText } from "../apps/workload-columns.ts";
import { prepareWorkload } from "../apps/workload-prepare.ts";
import { nonNegative, restartsAlways, templateWarned, workloadTemplateFaults } from "../apps/workload-rules.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { PodTemplateSpec } from "./pod-template-spec.ts";

/** A template seen from a default, before anything is validated. */
interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

const ReplicationControllerSpec = object("k8s.io.api.core.v1.ReplicationControllerSpec", {
  replicas: pointer(1, int32(), "How many pods are wanted; 1 if left out.", { default: 1 }),
  minReadySeconds: optional(4, int32(), "How long a pod must be ready to count as available."),
  selector: optional(2, map(string(), { atomic: true }), "Labels of the pods; the template's if left out.", {
    default: ({ template }: { readonly template?: Template }) => template?.metadata?.labels,
  }),
  template: pointer(3, PodTemplateSpec, "The pod to make copies of."),
});

const ReplicationControllerCondition = object("k8s.io.api.core.v1.ReplicationControllerCondition", {
  type: required(1, string(), "Which condition.", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastTransitionTime: optional(3, time(), "When status last changed."),
  reason: optional(4, string(), "Why, in one word."),
  message: optional(5, string(), "Why, in a sentence."),
});

const ReplicationControllerStatus = object("k8s.io.api.core.v1.ReplicationControllerStatus", {
  replicas: { ...required(1, int32(), "Pods that there are."), present: false as const },
  fullyLabeledReplicas: optional(2, int32(), "Pods with all labels of the template among them."),
  readyReplicas: optional(4, int32(), "Pods that are ready."),
  availableReplicas: optional(5, int32(), "Pods that have been ready for minReadySeconds."),
  observedGeneration: optional(3, int64(), "The metadata.generation that this status is about."),
  conditions: optional(6, listMap(ReplicationControllerCondition, ["type"]), "What holds for it.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});

const schema = object(
  "k8s.io.api.core.v1.ReplicationController",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, ReplicationControllerSpec, "What is wanted."),
    status: plain(3, ReplicationControllerStatus, "What became of it."),
  },
  { doc: "Keeps a number of pods running; ReplicaSet replaced it." },
);
export interface ReplicationController extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");

const specRule: Rule<ReplicationController> = function* ({ spec }, { old, request }) {
  if (request.subresource === "status") return;
  yield* nonNegative(spec.replicas, SPEC.child("replicas"));
  yield* nonNegative(spec.minReadySeconds, SPEC.child("minReadySeconds"));
  const labels = spec.selector ?? {};
  if (Object.keys(labels).length === 0) yield fieldRequired(SPEC.child("selector"));
  const path = SPEC.child("template");
  if (!spec.template) return yield fieldRequired(path);
  const selector = { matchLabels: labels };
  yield* workloadTemplateFaults(spec.template, path, { selector, old: old?.spec.template, request });
  yield* restartsAlways(spec.template, path.child("spec"), "ReplicationController");
};

const warned = templateWarned<ReplicationController>(({ spec }) => spec.template, SPEC.child("template"), {
  named: true,
});

const COUNTS = [
  "replicas",
  "fullyLabeledReplicas",
  "readyReplicas",
  "availableReplicas",
  "observedGeneration",
] as const;

const statusRule: Rule<ReplicationController> = function* ({ status }, { request }) {
  if (request.subresource !== "status") return;
  const path = FieldPath.of("status");
  for (const field of COUNTS) yield* nonNegative(status[field], path.child(field));
  for (const field of ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] as const) {
    if ((status[field] ?? 0) > (status.replicas ?? 0)) {
      yield fieldInvalid(path.child(field), status[field], "cannot be greater than status.replicas");
    }
  }
};

/** Without labels of its own it gets those of its pods. */
function prepare(
  object: ReplicationController,
  old: ReplicationController | undefined,
  request: RequestFacts,
): ReplicationController {
  const prepared = prepareWorkload(object, old, request, { replicas: 0 });
  const { labels } = prepared.metadata;
  const templateLabels = prepared.spec.template?.metadata?.labels;
  if (Object.keys(labels ?? {}).length > 0 || !templateLabels) return prepared;
  return { ...prepared, metadata: { ...prepared.metadata, labels: templateLabels } };
}

export const ReplicationController = resource<ReplicationController>({
  group: "",
  version: "v1",
  kind: "ReplicationController",
  plural: "replicationcontrollers",
  shortNames: ["rc"],
  categories: ["all"],
  scope: "Namespaced",
  schema,
  columns: [
    nameColumn,
    countColumn<ReplicationController>("Desired", "Pods that are wanted.", ({ spec }) => spec.replicas),
    countColumn<ReplicationController>("Current", "Pods that there are.", ({ status }) => status.replicas),
    countColumn<ReplicationController>("Ready", "Pods that are ready.", ({ status }) => status.readyReplicas),
    ageColumn,
    {
      name: "Containers",
      type: "string",
      priority: 1,
      doc: "Names of the template's containers.",
      cell: ({ spec }) => containerNames(spec.template),
    },
    {
      name: "Images",
      type: "string",
      priority: 1,
      doc: "Images of the template's containers.",
      cell: ({ spec }) => imageNames(spec.template),
    },
    {
      name: "Selector",
      type: "string",
      priority: 1,
      doc: "Which pods belong to it.",
      cell: ({ spec }) => labelsText(spec.selector),
    },
  ],
  subresources: { scale: scale(), status: view(["status"]) },
  deletion: { returns: "status", propagation: "Orphan" },
  selectableFields: { "status.replicas": ({ status }) => String(status.replicas ?? 0) },
  prepare,
  rules: [specRule, statusRule, warned],
});
