// What may change through a pod's subresources status and ephemeralcontainers. It refuses to judge writes of
// the pod itself.
import { fieldForbidden, fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import { semanticEqual } from "../../../../schema/equality.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { formatFaults } from "../../../faults.ts";
import type { ContainerStatus } from "../container-status.ts";
import { EphemeralContainer } from "../ephemeral-container.ts";
import type { Pod } from "../object.ts";

const SPEC = FieldPath.of("spec");
const STATUS = FieldPath.of("status");
/** Mirrors of files on a node: the API server does not decide what they are. */
const STATIC_ANNOTATION = "kubernetes.io/config.mirror";

/** A container that ended for good does not come back. */
function* transitionFaults(
  list: readonly ContainerStatus[] = [],
  old: readonly ContainerStatus[] = [],
  policyOf: (name: string) => string,
  path: FieldPath,
): Generator<FieldError> {
  for (const [i, { name, state }] of list.entries()) {
    const before = old.find((one) => one.name === name)?.state?.terminated;
    if (!before || state?.terminated) continue;
    const policy = policyOf(name);
    if (policy === "Always" || (policy === "OnFailure" && before.exitCode !== 0)) continue;
    yield fieldForbidden(path.index(i).child("state"), "may not be transitioned to non-terminated state");
  }
}

function* addressFaults(addresses: readonly { readonly ip: string }[] = [], path: FieldPath): Generator<FieldError> {
  for (const [i, { ip }] of addresses.entries()) yield* formatFaults(path.index(i), ip, "ipSloppy");
  if (addresses.length > 2) {
    yield fieldInvalid(path, addresses, "may specify no more than one IP for each IP family");
  } else if (addresses.length === 2 && addresses[0]!.ip.includes(":") === addresses[1]!.ip.includes(":")) {
    yield fieldInvalid(path, addresses, "may specify no more than one IP for each IP family");
  }
}

export const statusUpdate: Rule<Pod> = function* ({ spec, status }, { old, request }) {
  if (!old || request.subresource !== "status") return;
  if (status.nominatedNodeName) {
    yield* formatFaults(STATUS.child("nominatedNodeName"), status.nominatedNodeName, "dns1123Subdomain");
  }
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const ruled = new Set(containers.filter((c) => c.restartPolicyRules?.length).map(({ name }) => name));
  const policyOf = (name: string) =>
    ruled.has(name)
      ? "Always"
      : (containers.find((c) => c.name === name)?.restartPolicy ?? spec.restartPolicy ?? "Always");
  const initPolicyOf = (name: string) => {
    const policy = policyOf(name);
    const sidecar = containers.find((c) => c.name === name)?.restartPolicy === "Always";
    return policy === "Always" && !sidecar ? "OnFailure" : policy;
  };
  const { containerStatuses, initContainerStatuses } = status;
  yield* transitionFaults(containerStatuses, old.status.containerStatuses, policyOf, STATUS.child("containerStatuses"));
  const initPath = STATUS.child("initContainerStatuses");
  // Sandboxes that were lost run their init containers again.
  if (spec.restartPolicy === "Never") {
    yield* transitionFaults(initContainerStatuses, old.status.initContainerStatuses, initPolicyOf, initPath);
  }
  yield* addressFaults(status.podIPs, STATUS.child("podIPs"));
  yield* addressFaults(status.hostIPs, STATUS.child("hostIPs"));
};

export const ephemeralUpdate: Rule<Pod> = function* (pod, { old, request }) {
  if (!old || request.subresource !== "ephemeralcontainers") return;
  const path = SPEC.child("ephemeralContainers");
  if (Object.hasOwn(old.metadata.annotations ?? {}, STATIC_ANNOTATION)) {
    yield fieldForbidden(FieldPath.root, "static pods do not support ephemeral containers");
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
