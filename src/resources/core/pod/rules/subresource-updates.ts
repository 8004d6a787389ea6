// What may change through a pod's subresources status and ephemeralcontainers. It refuses to judge writes of
// the pod itself.
import { fieldDuplicate, fieldForbidden, fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import { semanticEqual } from "../../../../schema/equality.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { formatFaults } from "../../../faults.ts";
import type { Container } from "../container.ts";
import type { ContainerStatus } from "../container-status.ts";
import { EphemeralContainer } from "../ephemeral-container.ts";
import type { Pod } from "../object.ts";
import type { PodSpec } from "../spec.ts";
import type { PodStatus } from "../status.ts";
import { MIRROR } from "./annotations.ts";

const SPEC = FieldPath.of("spec");
const STATUS = FieldPath.of("status");
const POD_IPS = STATUS.child("podIPs");
const HOST_IPS = STATUS.child("hostIPs");

/** A container that ended for good does not come back. Upstream's index is that of the old status. */
function* transitionFaults(
  list: readonly ContainerStatus[] = [],
  old: readonly ContainerStatus[] = [],
  mayRestart: (name: string, exitCode: number) => boolean,
  path: FieldPath,
): Generator<FieldError> {
  if (old.length === 0) return;
  for (const [i, { name, state }] of old.entries()) {
    if (!state?.terminated || mayRestart(name, state.terminated.exitCode)) continue;
    for (const now of list) {
      if (now.name !== name || now.state?.terminated) continue;
      yield fieldForbidden(path.index(i).child("state"), "may not be transitioned to non-terminated state");
    }
  }
}

/** Whether one of a container's own rules has it started again at this exit code. */
const isRuled = (container: Container | undefined, exitCode: number): boolean =>
  container?.restartPolicyRules?.some(({ action, exitCodes }) => {
    if (action === "RestartAllContainers") return true;
    const among = exitCodes?.values?.includes(exitCode) ?? false;
    return exitCodes?.operator === "NotIn" ? !among : among;
  }) ?? false;

const restartsAll = (spec: PodSpec) =>
  [...spec.containers, ...(spec.initContainers ?? [])].some((container) =>
    container.restartPolicyRules?.some(({ action }) => action === "RestartAllContainers"),
  );

const allows = (policy: string | undefined, exitCode: number) =>
  policy === "Always" || (policy === "OnFailure" && exitCode !== 0);

function* containerTransitions({ status }: Pod, old: Pod): Generator<FieldError> {
  const { spec } = old;
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = old.status;
  if (!containerStatuses && !initContainerStatuses && !ephemeralContainerStatuses) return;
  const of = (list: readonly Container[] | undefined, name: string) => list?.find((one) => one.name === name);
  const any = restartsAll(spec);
  yield* transitionFaults(
    status.containerStatuses,
    old.status.containerStatuses,
    (name, code) => {
      const container = of(spec.containers, name);
      return any || isRuled(container, code) || allows(container?.restartPolicy ?? spec.restartPolicy, code);
    },
    STATUS.child("containerStatuses"),
  );
  yield* transitionFaults(
    status.initContainerStatuses,
    old.status.initContainerStatuses,
    (name, code) => {
      const container = of(spec.initContainers, name);
      // Sandboxes that were lost run their init containers again.
      if (any || spec.restartPolicy === "Always" || isRuled(container, code)) return true;
      return allows(container?.restartPolicy ?? spec.restartPolicy, code);
    },
    STATUS.child("initContainerStatuses"),
  );
  yield* transitionFaults(
    status.ephemeralContainerStatuses,
    old.status.ephemeralContainerStatuses,
    () => false,
    STATUS.child("ephemeralContainerStatuses"),
  );
}

type Addresses = readonly { readonly ip: string }[] | undefined;

/** Addresses that were there before pass. */
function* addressFaults(list: Addresses, old: Addresses = [], path: FieldPath): Generator<FieldError> {
  if (list === undefined) return;
  for (const [i, { ip }] of list.entries()) {
    if (!old.some((one) => one.ip === ip)) yield* formatFaults(path.index(i), ip, "ip");
  }
  const families = list.map(({ ip }) => ip.includes(":"));
  if (list.length > 2 || (list.length === 2 && families[0] === families[1])) {
    yield fieldInvalid(path, list, "may specify no more than one IP for each IP family");
  }
}

/** Conditions of Kubernetes itself are not qualified; upstream writes `Type`. */
const OWN_CONDITIONS = ["PodScheduled", "Ready", "Initialized"];
const NOT_NEGATIVE = "must be a non-negative integer";

function* conditionFaults(conditions: PodStatus["conditions"] = []): Generator<FieldError> {
  for (const [i, { type, observedGeneration = 0 }] of conditions.entries()) {
    if (observedGeneration >= 0 && OWN_CONDITIONS.includes(type)) continue;
    const at = STATUS.child("conditions").index(i);
    if (observedGeneration < 0) yield fieldInvalid(at.child("observedGeneration"), observedGeneration, NOT_NEGATIVE);
    if (!OWN_CONDITIONS.includes(type)) yield* formatFaults(at.child("Type"), type, "qualifiedName");
  }
}

function* claimFaults({ spec, status }: Pod): Generator<FieldError> {
  if (!status.resourceClaimStatuses) return;
  const names = new Set<string>();
  for (const [i, { name, resourceClaimName }] of status.resourceClaimStatuses.entries()) {
    const at = STATUS.child("resourceClaimStatuses").index(i);
    if (!spec.resourceClaims?.some((claim) => claim.name === name)) {
      yield fieldInvalid(at.child("name"), name, "must match the name of an entry in `spec.resourceClaims`");
    }
    if (names.has(name)) yield fieldDuplicate(at.child("name"), name);
    names.add(name);
    if (resourceClaimName === undefined) continue;
    yield* formatFaults(at.child("resourceClaimName"), resourceClaimName, "dns1123Subdomain");
  }
}

export const statusUpdate: Rule<Pod> = function* (pod, { old, request }) {
  if (!old || request.subresource !== "status") return;
  const { status } = pod;
  yield* conditionFaults(status.conditions);
  const { nominatedNodeName: nominated = "" } = status;
  if (nominated && nominated !== old.status.nominatedNodeName) {
    const at = STATUS.child("nominatedNodeName");
    yield* formatFaults(at, nominated, "dns1123Subdomain");
    if (old.spec.nodeName) yield fieldForbidden(at, "may not be set on pods that are already bound to a node");
  }
  const { observedGeneration = 0 } = status;
  if (observedGeneration < 0) {
    yield fieldInvalid(STATUS.child("observedGeneration"), observedGeneration, NOT_NEGATIVE);
  }
  if ((status.qosClass ?? "") !== (old.status.qosClass ?? "")) {
    yield fieldInvalid(STATUS.child("qosClass"), status.qosClass ?? "", "field is immutable");
  }
  yield* containerTransitions(pod, old);
  yield* claimFaults(pod);
  yield* addressFaults(status.podIPs, old.status.podIPs, POD_IPS);
  const [host] = status.hostIPs ?? [];
  if (host && (status.hostIP ?? "") !== host.ip) {
    yield fieldInvalid(HOST_IPS.index(0).child("ip"), host.ip, "must be equal to `hostIP`");
  }
  yield* addressFaults(status.hostIPs, old.status.hostIPs, HOST_IPS);
};

export const ephemeralUpdate: Rule<Pod> = function* (pod, { old, request }) {
  if (!old || request.subresource !== "ephemeralcontainers") return;
  const path = SPEC.child("ephemeralContainers");
  if (Object.hasOwn(old.metadata.annotations ?? {}, MIRROR)) {
    return yield fieldForbidden(FieldPath.root.child(""), "static pods do not support ephemeral containers");
  }
  const list = pod.spec.ephemeralContainers ?? [];
  for (const before of old.spec.ephemeralContainers ?? []) {
    const name = JSON.stringify(before.name);
    const now = list.find((one) => one.name === before.name);
    if (!now) yield fieldForbidden(path, `existing ephemeral containers ${name} may not be removed\n`);
    else if (!semanticEqual(EphemeralContainer, now, before)) {
      yield fieldForbidden(path, `existing ephemeral containers ${name} may not be changed\n`);
    }
  }
};
