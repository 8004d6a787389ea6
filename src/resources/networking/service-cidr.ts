// ServiceCIDR: ranges that services take addresses from.
import { listAtomic, listMap, object, optional, plain, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { Condition } from "../../schema/meta/condition.ts";
import { formats } from "../../base/formats.ts";
import { parseCIDR } from "../../base/cidr.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { preparesStatus } from "../status.ts";

export const ServiceCIDRSpec = object("k8s.io.api.networking.v1.ServiceCIDRSpec", {
  cidrs: optional(1, listAtomic(string()), "Ranges that services take addresses from, at most one a family."),
});
export interface ServiceCIDRSpec extends ValueIn<typeof ServiceCIDRSpec> {}

export const ServiceCIDRStatus = object("k8s.io.api.networking.v1.ServiceCIDRStatus", {
  conditions: optional(1, listMap(Condition, ["type"]), "Whether the ranges are in use.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface ServiceCIDRStatus extends ValueIn<typeof ServiceCIDRStatus> {}

const schema = object(
  "k8s.io.api.networking.v1.ServiceCIDR",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, ServiceCIDRSpec, "The ranges."),
    status: plain(3, ServiceCIDRStatus, "Whether they are in use."),
  },
  { doc: "A range from which services get their addresses." },
);
export interface ServiceCIDR extends ValueIn<typeof schema> {}

const RANGES = FieldPath.of("spec", "cidrs");

/** Addresses are given out of these ranges, so that none may go while the object is there. */
const rangesValid: Rule<ServiceCIDR> = function* ({ spec }, { old }) {
  const { cidrs = [] } = spec;
  if (old) {
    const before = old.spec.cidrs ?? [];
    // A second family may be added, nothing else may change.
    const kept = before.length === 1 && cidrs.length === 2 ? before[0] === cidrs[0] : String(before) === String(cidrs);
    if (!kept) yield fieldInvalid(RANGES.index(0), cidrs[0], "field is immutable");
  }
  if (cidrs.length === 0) return yield fieldRequired(RANGES, "at least one CIDR required");
  if (cidrs.length > 2) return yield fieldInvalid(RANGES, cidrs, "may only hold up to 2 values");
  const families = cidrs.map((range) => parseCIDR(range)?.family);
  if (cidrs.length === 2 && families[0] !== undefined && families[0] === families[1]) {
    const why = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
    yield fieldInvalid(RANGES, cidrs, why);
  }
  for (const [i, range] of cidrs.entries()) {
    for (const fault of formats.canonicalCIDR(range)) yield fieldInvalid(RANGES.index(i), range, fault);
  }
};

export const ServiceCIDR = resource<ServiceCIDR>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  scope: "Cluster",
  schema,
  generationOf: [],
  columns: [
    nameColumn,
    { name: "CIDRs", type: "string", doc: "The ranges.", cell: ({ spec }) => (spec.cidrs ?? []).join(",") },
    ageColumn,
  ],
  prepare: preparesStatus<ServiceCIDR>(schema),
  rules: [rangesValid],
});
