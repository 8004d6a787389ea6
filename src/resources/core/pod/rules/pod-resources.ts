// What a pod asks for as a whole, its overhead, and its claims. It refuses to judge containers (resources.ts does).
import { compareQuantity, quantity } from "../../../../base/quantity.ts";
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import { formatFaults } from "../../../faults.ts";
import { isPodLevelResource, podLimits, podRequests } from "../requests.ts";
import type { PodSpec } from "../spec.ts";
import { MIRROR } from "./annotations.ts";
import { amountsFaults, resourceNameFaults, sortedEntries, standardNameFaults } from "./resources.ts";
import type { SpecRule } from "./spec-rule.ts";

const POD_LEVEL = ["cpu", "hugepages-", "memory"];

export const podResources: SpecRule = function* (spec, { path }) {
  if (!spec.resources) return;
  const at = path.child("resources");
  if (spec.os?.name === "windows") return yield fieldForbidden(at, "may not be set for a windows pod");
  const { limits, requests, claims } = spec.resources;
  if (claims) yield fieldForbidden(at.child("claims"), "claims may not be set for Resources at pod-level");
  yield* amountsFaults(spec.resources, podResourceNameFaults, at);
  yield* consistencyFaults(spec, limits ?? {}, requests ?? {}, at);
};

function* podResourceNameFaults(name: string, path: FieldPath): Generator<FieldError> {
  let wrong = false;
  for (const fault of standardNameFaults(name, path)) {
    wrong = true;
    yield fault;
  }
  if (!wrong && !isPodLevelResource(name)) yield fieldNotSupported(path, name, POD_LEVEL);
}

/** What the pod asks for as a whole must hold what its containers ask for, and no container may use more. */
function* consistencyFaults(
  spec: PodSpec,
  limits: Readonly<Record<string, string>>,
  requests: Readonly<Record<string, string>>,
  at: FieldPath,
): Generator<FieldError> {
  const together = podRequests({ spec }, { withoutPodLevel: true, withoutOverhead: true });
  for (const [name, amount] of sortedEntries(requests)) {
    const asked = together[name];
    if (!asked || compareQuantity(amount, asked) >= 0) continue;
    const why = `must be greater than or equal to aggregate container requests of ${asked.toString()}`;
    yield fieldInvalid(at.child("requests").key(name), quantity(amount).toString(), why);
  }
  const allowed = podLimits({ spec }, { withoutPodLevel: true, withoutOverhead: true });
  for (const [name, amount] of sortedEntries(limits)) {
    const used = allowed[name];
    if (!name.startsWith("hugepages-") || !used || compareQuantity(amount, used) >= 0) continue;
    const why = `must be greater than or equal to aggregate container limits of ${used.toString()}`;
    yield fieldInvalid(at.child("limits").key(name), quantity(amount).toString(), why);
  }
  for (const [i, container] of spec.containers.entries()) {
    for (const [name, amount] of sortedEntries(container.resources?.limits)) {
      const most = limits[name];
      if (most === undefined || compareQuantity(amount, most) <= 0) continue;
      const why = `must be less than or equal to pod limits of ${quantity(most).toString()}`;
      // Upstream's path starts at the pod's resources.
      const here = at.child("containers").index(i).key(name).child("limits");
      yield fieldInvalid(here, quantity(amount).toString(), why);
    }
  }
}

export const overhead: SpecRule = function* (spec, { path }) {
  // Upstream judges it as limits, and says so.
  if (spec.overhead) yield* amountsFaults({ limits: spec.overhead }, resourceNameFaults, path.child("overhead"));
};

export const resourceClaims: SpecRule = function* (spec, { path, metadata }) {
  if (Object.hasOwn(metadata.annotations ?? {}, MIRROR)) {
    for (const _ of spec.resourceClaims ?? []) {
      yield fieldForbidden(FieldPath.root.child(""), "static pods do not support resource claims");
    }
    return;
  }
  const names = new Set<string>();
  for (const [i, claim] of (spec.resourceClaims ?? []).entries()) {
    const at = path.child("resourceClaims").index(i);
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    if (!name) yield fieldRequired(at.child("name"));
    else if (names.has(name)) yield fieldDuplicate(at.child("name"), name);
    else yield* formatFaults(at.child("name"), name, "dns1123Label");
    names.add(name);
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const why = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      yield fieldInvalid(at, claim, why);
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      yield fieldInvalid(at, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
    }
    for (const field of ["resourceClaimName", "resourceClaimTemplateName"] as const) {
      const value = claim[field];
      if (value !== undefined) yield* formatFaults(at.child(field), value, "dns1123Subdomain");
    }
  }
};
