// What creating and updating a pod sets, keeps and derives. Pure. It refuses to judge (rules/ do) and to read other
// objects (admission does).
import { changedOnce, workedOutOnce } from "../../../schema/derived.ts";
import type { RequestFacts } from "../../../schema/resource.ts";
import type { LabelSelector } from "../../../schema/meta/label-selector-type.ts";
import type { PodAffinityTerm } from "./affinity.ts";
import type { Container } from "./container.ts";
import type { Pod } from "./object.ts";
import { qosClass } from "./qos.ts";
import type { TopologySpreadConstraint } from "./scheduling.ts";
import { settlePodSpec } from "./settle.ts";
import { PodSpec } from "./spec.ts";
import type { PodStatus } from "./status.ts";

type Labels = Readonly<Record<string, string>>;

/** A selector that also demands (or, with NotIn, rules out) the pod's own values of these labels. */
function narrowed(
  selector: LabelSelector | undefined,
  keys: readonly string[] | undefined,
  operator: "In" | "NotIn",
  labels: Labels,
): LabelSelector | undefined {
  if (!selector || !keys?.length) return selector;
  const added = keys
    .filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ key, operator, values: [labels[key]!] }));
  return added.length ? { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] } : selector;
}

function narrowedTerm(term: PodAffinityTerm, labels: Labels): PodAffinityTerm {
  const matched = narrowed(term.labelSelector, term.matchLabelKeys, "In", labels);
  const labelSelector = narrowed(matched, term.mismatchLabelKeys, "NotIn", labels);
  return labelSelector === term.labelSelector ? term : { ...term, labelSelector };
}

type TermGroup = NonNullable<NonNullable<PodSpec["affinity"]>["podAffinity"]>;

const narrowedGroup = (group: TermGroup, labels: Labels): TermGroup => ({
  ...group,
  ...(group.requiredDuringSchedulingIgnoredDuringExecution && {
    requiredDuringSchedulingIgnoredDuringExecution: group.requiredDuringSchedulingIgnoredDuringExecution.map((term) =>
      narrowedTerm(term, labels),
    ),
  }),
  ...(group.preferredDuringSchedulingIgnoredDuringExecution && {
    preferredDuringSchedulingIgnoredDuringExecution: group.preferredDuringSchedulingIgnoredDuringExecution.map(
      (one) => ({ ...one, podAffinityTerm: narrowedTerm(one.podAffinityTerm, labels) }),
    ),
  }),
});

/** matchLabelKeys and mismatchLabelKeys are resolved once, when the pod is made. */
function withLabelKeys(spec: PodSpec, labels: Labels, request: RequestFacts): PodSpec {
  const { affinity, topologySpreadConstraints } = spec;
  if (affinity === undefined && topologySpreadConstraints === undefined) return spec;
  const spread = (one: TopologySpreadConstraint): TopologySpreadConstraint => {
    const labelSelector = narrowed(one.labelSelector, one.matchLabelKeys, "In", labels);
    return labelSelector === one.labelSelector ? one : { ...one, labelSelector };
  };
  const merges = request.enabled("MatchLabelKeysInPodTopologySpreadSelectorMerge");
  return {
    ...spec,
    ...(affinity && {
      affinity: {
        ...affinity,
        ...(affinity.podAffinity && { podAffinity: narrowedGroup(affinity.podAffinity, labels) }),
        ...(affinity.podAntiAffinity && { podAntiAffinity: narrowedGroup(affinity.podAntiAffinity, labels) }),
      },
    }),
    ...(topologySpreadConstraints && merges && { topologySpreadConstraints: topologySpreadConstraints.map(spread) }),
  };
}

const APP_ARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";

/** Older clients name AppArmor profiles in annotations; the field follows unless it is set. */
function withAppArmor<C extends Container>(container: C, annotations: Labels, spec: PodSpec): C {
  const named = annotations[APP_ARMOR_ANNOTATION + container.name];
  if (named === undefined || container.securityContext?.appArmorProfile) return container;
  const appArmorProfile =
    named === "unconfined"
      ? { type: "Unconfined" as const }
      : named === "runtime/default"
        ? { type: "RuntimeDefault" as const }
        : named.startsWith("localhost/") && named.length > "localhost/".length
          ? { type: "Localhost" as const, localhostProfile: named.slice("localhost/".length) }
          : undefined;
  const ofPod = spec.securityContext?.appArmorProfile;
  if (!appArmorProfile || JSON.stringify(ofPod) === JSON.stringify(appArmorProfile)) return container;
  return { ...container, securityContext: { ...container.securityContext, appArmorProfile } };
}

const settled = changedOnce(PodSpec, (spec: PodSpec) => settlePodSpec(spec, true));
const qosClassOf = workedOutOnce(PodSpec, (spec: PodSpec) => qosClass({ spec }));

function created(pod: Pod, request: RequestFacts): Pod {
  const annotations = pod.metadata.annotations ?? {};
  let spec = withLabelKeys(settled(pod.spec), pod.metadata.labels ?? {}, request);
  if (spec.os?.name !== "windows" && Object.keys(annotations).some((key) => key.startsWith(APP_ARMOR_ANNOTATION))) {
    const confine = <C extends Container>(one: C) => withAppArmor(one, annotations, spec);
    spec = {
      ...spec,
      containers: spec.containers.map(confine),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(confine) }),
    };
  }
  const gated = Boolean(spec.schedulingGates?.length);
  const status: PodStatus = {
    phase: "Pending",
    ...(gated && {
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "SchedulingGated",
          message: "Scheduling is blocked due to non-empty scheduling gates",
        },
      ],
    }),
    qosClass: qosClassOf(spec),
  };
  return { ...pod, spec, status };
}

/** The single address and the list say the same: the list's first is the address. */
function withAddresses(status: PodStatus): PodStatus {
  const podIPs = listOf(status.podIP, status.podIPs);
  const hostIPs = listOf(status.hostIP, status.hostIPs);
  if (podIPs === status.podIPs && hostIPs === status.hostIPs && (status.podIP ?? "") === (podIPs?.[0]?.ip ?? "")) {
    return status;
  }
  return { ...status, ...(podIPs && { podIP: podIPs[0]!.ip, podIPs }), ...(hostIPs && { hostIPs }) };
}

function listOf<T extends { readonly ip: string }>(one: string | undefined, list: readonly T[] | undefined) {
  if (!one) return list?.length ? list : undefined;
  return list?.[0]?.ip === one ? list : [{ ip: one }];
}

/** See schema/resource.ts: `prepare`. */
export function preparePod(pod: Pod, old: Pod | undefined, request: RequestFacts): Pod {
  if (!old) return created(pod, request);
  if (request.subresource === "status") {
    const { qosClass: before } = old.status;
    const status = withAddresses(pod.status);
    const kept = status.qosClass || before === undefined ? status : { ...status, qosClass: before };
    const { ownerReferences } = old.metadata;
    const { ownerReferences: _, ...metadata } = pod.metadata;
    return {
      ...pod,
      metadata: { ...metadata, ...(ownerReferences && { ownerReferences }) },
      spec: old.spec,
      status: kept,
    };
  }
  // A pod keeps the negative grace period it was stored with until somebody changes it.
  const spec = settlePodSpec(pod.spec, true);
  return { ...pod, spec, status: old.status };
}
