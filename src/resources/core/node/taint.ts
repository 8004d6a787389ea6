// Taints: what keeps pods off a node: shape, names, rules, arithmetic. It refuses to know tolerations, which are pods'.
import { formats } from "../../../base/formats.ts";
import { fieldDuplicate, fieldInvalid, fieldRequired } from "../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../schema/meta/path.ts";
import { object, optional, pointer, required, string, time } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { formatFaults, notSupported } from "../../faults.ts";

export const Taint = object("k8s.io.api.core.v1.Taint", {
  key: required(1, string(), "Names the taint.", { judgedByRule: true }),
  value: optional(2, string(), "Says more than the key."),
  effect: required(
    3,
    string({ enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"] }),
    "What happens to pods that do not tolerate it.",
    { judgedByRule: true },
  ),
  timeAdded: pointer(4, time(), "When the taint was put on, for NoExecute."),
});
export interface Taint extends ValueIn<typeof Taint> {}

/** Taints that Kubernetes itself puts on nodes. */
export const NOT_READY_TAINT = "node.kubernetes.io/not-ready";
export const UNREACHABLE_TAINT = "node.kubernetes.io/unreachable";
export const UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable";
export const MEMORY_PRESSURE_TAINT = "node.kubernetes.io/memory-pressure";
export const DISK_PRESSURE_TAINT = "node.kubernetes.io/disk-pressure";
export const PID_PRESSURE_TAINT = "node.kubernetes.io/pid-pressure";
export const NETWORK_UNAVAILABLE_TAINT = "node.kubernetes.io/network-unavailable";
export const OUT_OF_SERVICE_TAINT = "node.kubernetes.io/out-of-service";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** A taint's identity: its value does not count. */
export const sameTaint = (a: Pick<Taint, "key" | "effect">, b: Pick<Taint, "key" | "effect">) =>
  a.key === b.key && a.effect === b.effect;

/** The taints with `taint` among them; the same list when it was there with this value. */
export function withTaint(taints: readonly Taint[] | undefined, taint: Taint): readonly Taint[] {
  const old = taints?.find((t) => sameTaint(t, taint));
  if (!old) return [...(taints ?? []), taint];
  if ((old.value ?? "") === (taint.value ?? "")) return taints!;
  return taints!.map((t) => (t === old ? taint : t));
}

/** The taints without any of this key and effect; the same list when there was none. */
export function withoutTaint(
  taints: readonly Taint[] | undefined,
  gone: Pick<Taint, "key" | "effect">,
): readonly Taint[] {
  if (!taints?.some((t) => sameTaint(t, gone))) return taints ?? [];
  return taints.filter((t) => !sameTaint(t, gone));
}

/** What is wrong with a node's taints. */
export function* taintFaults(taints: readonly Taint[], path: FieldPath): Generator<FieldError> {
  for (const [i, taint] of taints.entries()) {
    const at = path.index(i);
    yield* formatFaults(at.child("key"), taint.key ?? "", "qualifiedName");
    const faults = formats.labelValue(taint.value ?? "");
    if (faults.length > 0) yield fieldInvalid(at.child("value"), taint.value, faults.join(";"));
    if (!taint.effect) yield fieldRequired(at.child("effect"));
    else if (!EFFECTS.includes(taint.effect)) yield notSupported(at.child("effect"), taint.effect, EFFECTS);
    if (taints.slice(0, i).some((earlier) => sameTaint(earlier, taint))) {
      const duplicate = fieldDuplicate(at, taint);
      yield { ...duplicate, body: `${duplicate.body}: taints must be unique by key and effect pair` };
    }
  }
}
