// RuntimeClass: a name for a handler of the container runtime, what it costs and where it runs. It refuses to be put
// into pods: that is admission.
import { listAtomic, map, object, optional, pointer, quantity, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { fieldDuplicate } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { validateLabels } from "../../schema/metadata.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";
import { equalJson } from "../../schema/equality.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { amountFaults, resourceNameFaults } from "../core/pod/rules/resources.ts";
import { tolerationFaults } from "../core/pod/rules/scheduling.ts";
import { Toleration } from "../core/pod/scheduling.ts";

export const Overhead = object("k8s.io.api.node.v1.Overhead", {
  podFixed: optional(1, map(quantity()), "What running a pod costs beside its containers."),
});
export interface Overhead extends ValueIn<typeof Overhead> {}

export const Scheduling = object("k8s.io.api.node.v1.Scheduling", {
  nodeSelector: optional(1, map(string(), { atomic: true }), "Labels of the nodes that have the handler."),
  tolerations: optional(2, listAtomic(Toleration), "Taints of those nodes that its pods bear."),
});
export interface Scheduling extends ValueIn<typeof Scheduling> {}

const schema = object(
  "k8s.io.api.node.v1.RuntimeClass",
  {
    ...typeMeta,
    metadata,
    handler: required(2, string({ format: "dns1123Label" }), "What the runtime of a node calls it.", {
      immutable: true,
      toldLast: true,
    }),
    overhead: pointer(3, Overhead, "What its pods cost beside their containers."),
    scheduling: pointer(4, Scheduling, "Which nodes have it; all when left out."),
  },
  { doc: "A way to run containers, which pods choose by name." },
);
export interface RuntimeClass extends ValueIn<typeof schema> {}

const overheadValid: Rule<RuntimeClass> = function* ({ overhead }) {
  // Upstream judges it as the limits of a container.
  const path = FieldPath.of("overhead", "limits");
  for (const [name, amount] of Object.entries(overhead?.podFixed ?? {})) {
    yield* resourceNameFaults(name, path.key(name));
    yield* amountFaults(name, amount, path.key(name));
  }
};

const schedulingValid: Rule<RuntimeClass> = function* ({ scheduling }, { request }) {
  const path = FieldPath.of("scheduling");
  const errors: FieldError[] = [];
  validateLabels(scheduling?.nodeSelector, path.child("nodeSelector"), errors);
  yield* errors;
  const comparisons = request.enabled("TaintTolerationComparisonOperators");
  const all = scheduling?.tolerations ?? [];
  for (const [i, one] of all.entries()) {
    const at = path.child("tolerations").index(i);
    yield* tolerationFaults(one, comparisons, at);
    if (all.slice(0, i).some((other) => equalJson(other, one))) yield fieldDuplicate(at, one);
  }
};

export const RuntimeClass = resource<RuntimeClass>({
  group: "node.k8s.io",
  version: "v1",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  scope: "Cluster",
  schema,
  createOnUpdate: true,
  generationOf: [],
  columns: [
    nameColumn,
    { name: "Handler", type: "string", doc: "What the runtime calls it.", cell: ({ handler }) => handler },
    ageColumn,
  ],
  rules: [overheadValid, schedulingValid],
});
