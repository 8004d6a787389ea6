// PodDisruptionBudget: how many pods may be missing by intent. Its arithmetic is budget.ts.
import {
  int32,
  int64,
  intOrString,
  listMap,
  map,
  object,
  optional,
  plain,
  pointer,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { Condition } from "../../schema/meta/condition.ts";
import { formats } from "../../base/formats.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import { preparesStatus } from "../status.ts";

export const PodDisruptionBudgetSpec = object("k8s.io.api.policy.v1.PodDisruptionBudgetSpec", {
  minAvailable: pointer(1, intOrString(), "How many, or what share, must stay."),
  selector: pointer(2, LabelSelector, "The pods; empty for all in the namespace.", {
    merge: { strategy: ["replace"] },
  }),
  maxUnavailable: pointer(3, intOrString(), "How many, or what share, may be missing."),
  unhealthyPodEvictionPolicy: pointer(
    4,
    string({ enum: ["AlwaysAllow", "IfHealthyBudget"] }),
    "When pods that are not ready may be evicted.",
  ),
});
export interface PodDisruptionBudgetSpec extends ValueIn<typeof PodDisruptionBudgetSpec> {}

export const PodDisruptionBudgetStatus = object("k8s.io.api.policy.v1.PodDisruptionBudgetStatus", {
  observedGeneration: optional(1, int64(), "The generation that these figures are about."),
  disruptedPods: optional(2, map(time()), "Pods whose eviction is granted but not yet seen."),
  disruptionsAllowed: optional(3, int32(), "How many pods may be evicted now.", { always: true }),
  currentHealthy: optional(4, int32(), "How many are healthy.", { always: true }),
  desiredHealthy: optional(5, int32(), "How many must be healthy.", { always: true }),
  expectedPods: optional(6, int32(), "How many are counted.", { always: true }),
  conditions: optional(7, listMap(Condition, ["type"]), "Whether an eviction is allowed now.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface PodDisruptionBudgetStatus extends ValueIn<typeof PodDisruptionBudgetStatus> {}

const schema = object(
  "k8s.io.api.policy.v1.PodDisruptionBudget",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, PodDisruptionBudgetSpec, "How many pods must stay."),
    status: plain(3, PodDisruptionBudgetStatus, "How many may go now."),
  },
  { doc: "How many pods of an application must stay while others are evicted." },
);
export interface PodDisruptionBudget extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");

/** One limit, of what must stay or of what may be missing; which pods it is about. */
const limitsValid: Rule<PodDisruptionBudget> = function* ({ spec }) {
  const { minAvailable, maxUnavailable, selector } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    yield fieldInvalid(SPEC, spec, "minAvailable and maxUnavailable cannot be both set");
  }
  if (minAvailable !== undefined) yield* shareFaults(minAvailable, SPEC.child("minAvailable"));
  if (maxUnavailable !== undefined) yield* shareFaults(maxUnavailable, SPEC.child("maxUnavailable"));
  yield* labelSelectorFaults(selector, SPEC.child("selector"));
};

/** A number that is not negative, or a percentage up to 100%. */
function* shareFaults(share: string | number, path: FieldPath): Generator<FieldError> {
  if (typeof share === "number") {
    if (share < 0) yield fieldInvalid(path, share, "must be greater than or equal to 0");
    return;
  }
  const faults = formats.percent(share);
  for (const fault of faults) yield fieldInvalid(path, share, fault);
  if (faults.length === 0 && Number.parseInt(share, 10) > 100) {
    yield fieldInvalid(path, share, "must not be greater than 100%");
  }
}

const orNotApplicable = (share: string | number | undefined) => (share === undefined ? "N/A" : String(share));

export const PodDisruptionBudget = resource<PodDisruptionBudget>({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  shortNames: ["pdb"],
  scope: "Namespaced",
  schema,
  unconditionalUpdate: false,
  columns: [
    nameColumn,
    {
      name: "Min Available",
      type: "string",
      doc: "How many must stay.",
      cell: ({ spec }) => orNotApplicable(spec.minAvailable),
    },
    {
      name: "Max Unavailable",
      type: "string",
      doc: "How many may be missing.",
      cell: ({ spec }) => orNotApplicable(spec.maxUnavailable),
    },
    {
      name: "Allowed Disruptions",
      type: "integer",
      doc: "How many may go now.",
      cell: ({ status }) => status.disruptionsAllowed ?? 0,
    },
    ageColumn,
  ],
  prepare: preparesStatus<PodDisruptionBudget>(schema),
  rules: [limitsValid],
});
