// What a pod asks for as a whole, its overhead, and its claims. It refuses to judge containers (resources.ts does).
import { compareQuantity, quantity } from "../../../../base/quantity.ts";
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from "../../../../schema/meta/field-error.ts";
import { formatFaults } from "../../../faults.ts";
import { isPodLevelResource, podRequests } from "../requests.ts";
import { amountFaults, requestFaults, resourceNameFaults, sortedEntries } from "./resources.ts";
import type { SpecRule } from "./spec-rule.ts";

const POD_LEVEL = ["cpu", "hugepages-", "memory"];

export const podResources: SpecRule = function* (spec, { path }) {
  const at = path.child("resources");
  const { limits, requests, claims } = spec.resources ?? {};
  for (const field of ["limits", "requests"] as const) {
    for (const [name, amount] of sortedEntries(spec.resources?.[field])) {
      const here = at.child(field).key(name);
      if (!isPodLevelResource(name)) yield fieldNotSupported(here, name, POD_LEVEL);
      else {
        yield* amountFaults(name, amount, here);
        if (field === "requests") yield* requestFaults(name, amount, limits?.[name], at);
      }
    }
  }
  if (claims?.length) yield fieldForbidden(at.child("claims"), "claims may not be set for Resources at pod-level");
  if (!requests && !limits) return;
  const together = podRequests({ spec }, { withoutPodLevel: true, withoutOverhead: true });
  for (const [name, amount] of sortedEntries(requests)) {
    const asked = together[name];
    if (!asked || compareQuantity(amount, asked) >= 0) continue;
    const why = `must be greater than or equal to aggregate container requests of ${asked.toString()}`;
    yield fieldInvalid(at.child("requests").key(name), quantity(amount).toString(), why);
  }
  for (const [i, container] of spec.containers.entries()) {
    for (const [name, amount] of sortedEntries(container.resources?.limits)) {
      const most = limits?.[name];
      if (most === undefined || compareQuantity(amount, most) <= 0) continue;
      const here = path.child("containers").index(i).child("resources", "limits").key(name);
      yield fieldInvalid(
        here,
        quantity(amount).toString(),
        `must be less than or equal to pod limits of ${quantity(most).toString()}`,
      );
    }
  }
};

export const overhead: SpecRule = function* (spec, { path }) {
  for (const [name, amount] of sortedEntries(spec.overhead)) {
    const at = path.child("overhead").key(name);
    yield* resourceNameFaults(name, at);
    yield* amountFaults(name, amount, at);
  }
};

export const resourceClaims: SpecRule = function* (spec, { path }) {
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
