// What may change in a pod that exists: a few fields, and each only in its way. It refuses to judge what a pod must
// be anyway.
import { fieldForbidden, fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import { equalJson, semanticEqual } from "../../../../schema/equality.ts";
import type { Rule } from "../../../../schema/resource.ts";
import type { Container } from "../container.ts";
import type { Pod } from "../object.ts";
import type { Toleration } from "../scheduling.ts";
import { PodSpec } from "../spec.ts";
import { APP_ARMOR, MIRROR } from "./annotations.ts";
import { imageFaults } from "./images.ts";
import { tolerationFaults as judgeToleration } from "./scheduling.ts";
import { specDiff } from "./spec-diff.ts";

const SPEC = FieldPath.of("spec");
const MAY_CHANGE =
  "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`," +
  "`spec.tolerations` (only additions to existing tolerations)," +
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** Yields what is wrong; true when nothing further can be said. */
function* containerFaults(
  list: readonly Container[],
  old: readonly Container[],
  path: FieldPath,
): Generator<FieldError, boolean> {
  if (list.length !== old.length) {
    yield fieldForbidden(path, "pod updates may not add or remove containers");
    return true;
  }
  // Said once more, as upstream does.
  for (const [i, { image }] of list.entries()) if (!image) yield fieldRequired(path.index(i).child("image"));
  yield* imageFaults(list, path);
  return false;
}

/** The deadline can only come nearer. */
function* deadlineFaults(seconds: number | undefined, old: number | undefined): Generator<FieldError, boolean> {
  const path = SPEC.child("activeDeadlineSeconds");
  if (seconds === undefined) {
    if (old !== undefined) yield fieldInvalid(path, undefined, "must not update from a positive integer to nil value");
    return false;
  }
  if (seconds < 0 || seconds > 2 ** 31 - 1) {
    yield fieldInvalid(path, seconds, `must be between 0 and ${2 ** 31 - 1}, inclusive`);
    return true;
  }
  if (old !== undefined && old < seconds) {
    yield fieldInvalid(path, seconds, "must be less than or equal to previous value");
    return true;
  }
  return false;
}

const sameToleration = (a: Toleration, b: Toleration) =>
  (a.key ?? "") === (b.key ?? "") &&
  (a.value ?? "") === (b.value ?? "") &&
  (a.effect ?? "") === (b.effect ?? "") &&
  (a.operator || "Equal") === (b.operator || "Equal");

function* tolerationFaults(
  list: readonly Toleration[] = [],
  old: readonly Toleration[] = [],
  comparisons: boolean,
): Generator<FieldError> {
  const path = SPEC.child("tolerations");
  if (!old.every((one) => list.some((other) => sameToleration(one, other)))) {
    return yield fieldForbidden(path, "existing toleration can not be modified except its tolerationSeconds");
  }
  // Said once more, as upstream does.
  for (const [i, one] of list.entries()) yield* judgeToleration(one, comparisons, path.index(i));
}

type Gates = PodSpec["schedulingGates"];

function* gateFaults(list: Gates = [], old: Gates = []): Generator<FieldError> {
  for (const [i, { name }] of list.entries()) {
    if (old.some((gate) => gate.name === name)) continue;
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    yield fieldForbidden(SPEC.child("schedulingGates").index(i).child("name"), why);
  }
}

/** A pod that still waits at a gate may be narrowed down to fewer nodes. */
function* nodeSelectorFaults(
  labels: PodSpec["nodeSelector"] = {},
  old: PodSpec["nodeSelector"] = {},
): Generator<FieldError> {
  if (Object.entries(old).every(([key, value]) => labels[key] === value)) return;
  const why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
  yield fieldInvalid(SPEC.child("nodeSelector"), labels, why);
}

type NodeAffinity = NonNullable<PodSpec["affinity"]>["nodeAffinity"];
type Term = NonNullable<
  NonNullable<NodeAffinity>["requiredDuringSchedulingIgnoredDuringExecution"]
>["nodeSelectorTerms"][number];

const startsWith = (list: readonly unknown[] = [], start: readonly unknown[] = []) =>
  equalJson(list.slice(0, start.length), start);

/** A term may demand more than before, if it demanded anything. */
function hasOnlyAdditions(term: Term, old: Term): boolean {
  const none = !old.matchExpressions?.length && !old.matchFields?.length;
  if (none && (term.matchExpressions?.length || term.matchFields?.length)) return false;
  return startsWith(term.matchExpressions, old.matchExpressions) && startsWith(term.matchFields, old.matchFields);
}

/** What a waiting pod requires of nodes may only become more. */
function* nodeAffinityFaults(now: NodeAffinity, old: NodeAffinity): Generator<FieldError> {
  const name = "requiredDuringSchedulingIgnoredDuringExecution";
  if (!old?.[name] || equalJson(now, old)) return;
  const path = SPEC.child("affinity", "nodeAffinity", name, "nodeSelectorTerms");
  const before = old[name].nodeSelectorTerms ?? [];
  const terms = now?.[name]?.nodeSelectorTerms ?? [];
  if (before.length > 0 && before.length !== terms.length) {
    const why = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
    return yield fieldInvalid(path, terms, why);
  }
  for (const [i, term] of terms.entries()) {
    if (before[i] === undefined || hasOnlyAdditions(term, before[i])) continue;
    yield fieldInvalid(path.index(i), term, "only additions are allowed (no mutations or deletions)");
  }
}

const withImages = (list: readonly Container[], old: readonly Container[]): readonly Container[] =>
  list.map((container, i) => {
    const { image: _, ...rest } = container;
    return { ...rest, ...(old[i]?.image !== undefined && { image: old[i].image }) };
  });

/** The new affinity with the old nodes: nothing is left of it where it was only about nodes. */
function withOldNodeAffinity(now: PodSpec["affinity"], old: PodSpec["affinity"]): PodSpec["affinity"] {
  if (now === undefined && old?.nodeAffinity === undefined) return undefined;
  if (old === undefined && !now?.podAffinity && !now?.podAntiAffinity) return undefined;
  return { ...now, nodeAffinity: old?.nodeAffinity };
}

/** The new spec with everything that may change set back: what still differs may not. */
function withoutAllowed(spec: PodSpec, old: PodSpec, gated: boolean): PodSpec {
  const { activeDeadlineSeconds, tolerations, schedulingGates, terminationGracePeriodSeconds: oldGrace } = old;
  const healed = (oldGrace ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  const affinity = gated ? withOldNodeAffinity(spec.affinity, old.affinity) : spec.affinity;
  return {
    ...spec,
    containers: withImages(spec.containers, old.containers),
    ...(spec.initContainers && { initContainers: withImages(spec.initContainers, old.initContainers ?? []) }),
    activeDeadlineSeconds,
    tolerations,
    schedulingGates,
    ...(healed && { terminationGracePeriodSeconds: oldGrace }),
    ...(gated && { nodeSelector: old.nodeSelector, affinity }),
  };
}

/** Annotations that say what a pod is, not what it is wished to be: they stay. */
export const annotationUpdate: Rule<Pod> = function* ({ metadata }, { old, request }) {
  if (!old || request.subresource === "resize") return;
  const [now, before] = [metadata.annotations ?? {}, old.metadata.annotations ?? {}];
  if (now === before) return;
  const path = FieldPath.of("metadata", "annotations");
  for (const key of Object.keys(before).sort()) {
    if (now[key] === before[key]) continue;
    if (key.startsWith(APP_ARMOR)) yield fieldForbidden(path.key(key), "may not remove or update AppArmor annotations");
    if (key === MIRROR) yield fieldForbidden(path.key(key), "may not remove or update mirror pod annotation");
  }
  for (const key of Object.keys(now).sort()) {
    if (Object.hasOwn(before, key)) continue;
    if (key.startsWith(APP_ARMOR)) yield fieldForbidden(path.key(key), "may not add AppArmor annotations");
    if (key === MIRROR) yield fieldForbidden(path.key(key), "may not add mirror pod annotation");
  }
};

export const update: Rule<Pod> = function* ({ spec }, { old, request }) {
  if (!old || request.subresource !== "") return;
  if (yield* containerFaults(spec.containers, old.spec.containers, SPEC.child("containers"))) return;
  const [inits, oldInits] = [spec.initContainers ?? [], old.spec.initContainers ?? []];
  if (yield* containerFaults(inits, oldInits, SPEC.child("initContainers"))) return;
  if (yield* deadlineFaults(spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds)) return;
  yield* tolerationFaults(
    spec.tolerations,
    old.spec.tolerations,
    request.enabled("TaintTolerationComparisonOperators"),
  );
  yield* gateFaults(spec.schedulingGates, old.spec.schedulingGates);
  const gated = Boolean(old.spec.schedulingGates?.length);
  if (gated) {
    yield* nodeSelectorFaults(spec.nodeSelector, old.spec.nodeSelector);
    yield* nodeAffinityFaults(spec.affinity?.nodeAffinity, old.spec.affinity?.nodeAffinity);
  }
  const rest = withoutAllowed(spec, old.spec, gated);
  if (semanticEqual(PodSpec, rest, old.spec)) return;
  yield fieldForbidden(SPEC, `pod updates may not change fields other than ${MAY_CHANGE}\n${specDiff(old.spec, rest)}`);
};
