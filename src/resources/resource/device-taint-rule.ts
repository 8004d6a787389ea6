// DeviceTaintRule: a taint for devices, from outside of their driver. It refuses to evict.
import { ageColumn, nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";
import { driverFaults } from "./device-claim-rules.ts";
import { taintFaults } from "./device-rules.ts";
import { DeviceTaint, taintsSince } from "./device.ts";
import { preparesStatus } from "../status.ts";
import { Condition } from "../../schema/meta/condition.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { listMap, object, optional, plain, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { RequestFacts, Rule } from "../../schema/resource.ts";
import { age } from "../columns.ts";

export const DeviceTaintSelector = object("k8s.io.api.resource.v1.DeviceTaintSelector", {
  driver: pointer(2, string(), "The driver."),
  pool: pointer(3, string(), "The pool."),
  device: pointer(4, string(), "The device."),
});
export interface DeviceTaintSelector extends ValueIn<typeof DeviceTaintSelector> {}

export const DeviceTaintRuleSpec = object("k8s.io.api.resource.v1.DeviceTaintRuleSpec", {
  deviceSelector: pointer(1, DeviceTaintSelector, "The devices; none if left out."),
  taint: required(2, DeviceTaint, "The taint.", { always: false }),
});
export interface DeviceTaintRuleSpec extends ValueIn<typeof DeviceTaintRuleSpec> {}

export const DeviceTaintRuleStatus = object("k8s.io.api.resource.v1.DeviceTaintRuleStatus", {
  conditions: optional(1, listMap(Condition, ["type"]), "How far evicting is.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface DeviceTaintRuleStatus extends ValueIn<typeof DeviceTaintRuleStatus> {}

const schema = object(
  "k8s.io.api.resource.v1.DeviceTaintRule",
  {
    ...typeMeta,
    metadata,
    spec: required(2, DeviceTaintRuleSpec, "Which, and what taint."),
    status: plain(3, DeviceTaintRuleStatus, "How far it is."),
  },
  { doc: "A taint for devices." },
);
export interface DeviceTaintRule extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");

const ruleValid: Rule<DeviceTaintRule> = function* ({ spec }, { request }) {
  if (request.subresource !== "") return;
  const { driver, pool, device } = spec.deviceSelector ?? {};
  const path = SPEC.child("deviceSelector");
  if (driver !== undefined) yield* driverFaults(driver, path.child("driver"));
  for (const part of pool?.split("/") ?? []) yield* formatFaults(path.child("pool"), part, "dns1123Subdomain");
  if (device !== undefined) yield* formatFaults(path.child("device"), device, "dns1123Label");
  yield* taintFaults(spec.taint, SPEC.child("taint"));
};

const withStatus = preparesStatus<DeviceTaintRule>(schema);

function prepare(rule: DeviceTaintRule, old: DeviceTaintRule | undefined, request: RequestFacts): DeviceTaintRule {
  const prepared = withStatus(rule, old, request);
  const [taint = rule.spec.taint] = taintsSince([prepared.spec.taint], request.now);
  return { ...prepared, spec: { ...prepared.spec, taint } };
}

export const DeviceTaintRule = resource<DeviceTaintRule>({
  group: "resource.k8s.io",
  version: "v1",
  kind: "DeviceTaintRule",
  plural: "devicetaintrules",
  scope: "Cluster",
  storageVersion: "v1beta2",
  schema,
  columns: [
    nameColumn,
    { name: "Key", type: "string", doc: "The taint's key.", cell: ({ spec }) => spec.taint.key },
    { name: "Value", type: "string", doc: "The taint's value.", cell: ({ spec }) => spec.taint.value ?? "" },
    { name: "Effect", type: "string", doc: "The taint's effect.", cell: ({ spec }) => spec.taint.effect },
    {
      name: "TimeAdded",
      type: "string",
      doc: "How long ago it was added.",
      cell: ({ spec }, { now }) => age(spec.taint.timeAdded, now),
    },
    ageColumn,
  ],
  prepare,
  rules: [ruleValid],
});
