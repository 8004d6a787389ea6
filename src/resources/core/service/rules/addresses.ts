// Rules about a Service's own addresses and their families.
import { formats } from "../../../../base/formats.ts";
import { parseIPSloppy } from "../../../../base/ip.ts";
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { isHeadless, NO_ADDRESS } from "../needs.ts";
import type { Service, ServiceSpec } from "../object.ts";
import { CLUSTER_FAMILIES } from "../prepare.ts";

// Paths
const SPEC = FieldPath.of("spec");
const ADDRESSES = SPEC.child("clusterIPs");
const FAMILIES = SPEC.child("ipFamilies");
const POLICY = SPEC.child("ipFamilyPolicy");
const FOREIGN = "may not be set for ExternalName services";

/** A service keeps its addresses and families; a secondary one may come and go. */
export const addressesStay: Rule<Service> = function* ({ spec }, { old }) {
  if (!old || spec.type === "ExternalName" || old.spec.type === "ExternalName") return;
  if (!(isHeadless(old.spec) && isHeadless(spec))) {
    yield* staying(spec.clusterIPs ?? [], old.spec.clusterIPs ?? [], spec, ADDRESSES, "clusterIP");
  }
  yield* staying(spec.ipFamilies ?? [], old.spec.ipFamilies ?? [], spec, FAMILIES, "ipFamily");
};

/** The first stays; a second one may be added, and released where the policy says SingleStack. */
function* staying(
  now: readonly string[],
  before: readonly string[],
  spec: ServiceSpec,
  path: FieldPath,
  noun: string,
): Generator<FieldError> {
  if (before.length > 0 && now.length === 0) {
    yield fieldInvalid(path.index(0), now, `primary ${noun} can not be unset`);
  }
  for (const [i, value] of before.slice(0, now.length).entries()) {
    if (value !== now[i]) yield fieldInvalid(path.index(i), now, "may not change once set");
  }
  if (before.length > 1 && now.length === 1 && spec.ipFamilyPolicy !== "SingleStack") {
    const why = `must be set to 'SingleStack' when releasing the secondary ${noun}`;
    yield fieldInvalid(POLICY, spec.ipFamilyPolicy, why);
  }
}

/** What a type may not have of addresses. */
export const addressesFitType: Rule<Service> = function* ({ spec }) {
  const { type, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(spec)) {
    yield fieldInvalid(ADDRESSES.index(0), clusterIPs[0], `may not be set to 'None' for ${type} services`);
  }
  if (type !== "ExternalName") return;
  if (clusterIPs.length > 0) yield fieldForbidden(ADDRESSES, FOREIGN);
  if (ipFamilies.length > 0) yield fieldForbidden(FAMILIES, FOREIGN);
  if (ipFamilyPolicy !== undefined) yield fieldForbidden(POLICY, FOREIGN);
};

/** Addresses are addresses, in the order of their families; `None` stands alone. */
export const addressesValid: Rule<Service> = function* ({ spec }, { old }) {
  const { type, clusterIP = "", clusterIPs = [], ipFamilies = [] } = spec;
  if (type === "ExternalName") return;
  if (clusterIPs.length > 0 && (clusterIP === "" || clusterIP !== clusterIPs[0])) {
    const why =
      clusterIP === "" ? "must be empty when `clusterIP` is not specified" : "first value must match `clusterIP`";
    yield fieldInvalid(ADDRESSES, clusterIPs, why);
  }
  for (const [i, family] of ipFamilies.entries()) {
    if (family !== "IPv4" && family !== "IPv6") yield fieldNotSupported(FAMILIES.index(i), family, ["IPv4", "IPv6"]);
    if (ipFamilies.indexOf(family) < i) yield fieldDuplicate(FAMILIES.index(i), family);
  }
  let sound = true;
  for (const [i, address] of clusterIPs.entries()) {
    if (i === 0 && address === NO_ADDRESS) {
      if (clusterIPs.length === 1) return;
      sound = false;
      yield fieldInvalid(ADDRESSES, clusterIPs, "'None' must be the first and only value");
      continue;
    }
    if (old?.spec.clusterIPs?.includes(address)) continue;
    for (const fault of formats.ip(address)) {
      sound = false;
      yield fieldInvalid(ADDRESSES.index(i), address, fault);
    }
  }
  if (sound) yield* severalAddresses(clusterIPs, ipFamilies);
};

/** Two at most, one a family, as `ipFamilies` says. Only for addresses that are sound. */
function* severalAddresses(addresses: readonly string[], families: readonly string[]): Generator<FieldError> {
  if (addresses.length > 2) yield fieldInvalid(ADDRESSES, addresses, "may only hold up to 2 values");
  const actual = addresses.map((address) => parseIPSloppy(address)?.family);
  if (new Set(actual).size < actual.length) {
    yield fieldInvalid(ADDRESSES, addresses, "may specify no more than one IP for each IP family");
  }
  for (const [i, family] of families.slice(0, addresses.length).entries()) {
    if (actual[i] === family) continue;
    const why = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    yield fieldInvalid(ADDRESSES.index(i), addresses[i], why);
  }
}

/** What the cluster's ranges cannot give. Headless services without selector need none of them. */
export const familiesConfigured: Rule<Service> = function* ({ spec }) {
  const { type, ipFamilies = [], ipFamilyPolicy, selector = {} } = spec;
  if (type === "ExternalName" || (isHeadless(spec) && Object.keys(selector).length === 0)) return;
  if (ipFamilyPolicy === "RequireDualStack" && CLUSTER_FAMILIES.length < 2) {
    yield fieldInvalid(POLICY, ipFamilyPolicy, "this cluster is not configured for dual-stack services");
  }
  for (const [i, family] of ipFamilies.entries()) {
    if ((family !== "IPv4" && family !== "IPv6") || CLUSTER_FAMILIES.includes(family)) continue;
    const { clusterIPs = [] } = spec;
    // Upstream blames the address that a family was read from.
    if (clusterIPs[i] !== undefined && parseIPSloppy(clusterIPs[i])?.family === family)
      yield fieldInvalid(ADDRESSES.index(i), clusterIPs, `${family} is not configured on this cluster`);
    else yield fieldInvalid(FAMILIES.index(i), family, "not configured on this cluster");
  }
  if (ipFamilyPolicy === "SingleStack" && ipFamilies.length > 1) {
    const why = "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified";
    yield fieldInvalid(POLICY, ipFamilyPolicy, why);
  }
};
