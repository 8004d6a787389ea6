// DeviceClass: a kind of device, by expressions, with what drivers are told. It refuses to know devices.
import { ageColumn, nameColumn } from "../columns.ts";
import { opaqueFaults, selectorsFaults } from "./device-claim-rules.ts";
import { DeviceSelector, OpaqueDeviceConfiguration } from "./device-claim.ts";
import { fieldInvalid, fieldTooMany } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { listAtomic, object, optional, plain, pointer, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const DeviceClassConfiguration = object(
  "k8s.io.api.resource.v1.DeviceClassConfiguration",
  {
    opaque: pointer([1, 1], OpaqueDeviceConfiguration, "What a driver reads."),
  },
  { inline: { 1: "k8s.io.api.resource.v1.DeviceConfiguration" } },
);
export interface DeviceClassConfiguration extends ValueIn<typeof DeviceClassConfiguration> {}

export const DeviceClassSpec = object("k8s.io.api.resource.v1.DeviceClassSpec", {
  selectors: optional(1, listAtomic(DeviceSelector), "Which devices are of the class."),
  config: optional(2, listAtomic(DeviceClassConfiguration), "What drivers are told."),
  extendedResourceName: pointer(4, string(), "The resource by which containers may ask for it too.", {
    gate: "DRAExtendedResource",
  }),
});
export interface DeviceClassSpec extends ValueIn<typeof DeviceClassSpec> {}

const schema = object(
  "k8s.io.api.resource.v1.DeviceClass",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, DeviceClassSpec, "Which devices."),
  },
  { doc: "A kind of device that claims ask for." },
);
export interface DeviceClass extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const MOST_CONFIGS = 32;

const classValid: Rule<DeviceClass> = function* ({ spec }) {
  const { selectors = [], config = [], extendedResourceName: name } = spec;
  yield* selectorsFaults(selectors, SPEC.child("selectors"));
  const path = SPEC.child("config");
  if (config.length > MOST_CONFIGS) yield fieldTooMany(path, config.length, MOST_CONFIGS);
  for (const [i, { opaque }] of config.entries()) yield* opaqueFaults(opaque, path.index(i));
  if (name !== undefined && (!name.includes("/") || name.includes("kubernetes.io/") || name.startsWith("requests."))) {
    yield fieldInvalid(SPEC.child("extendedResourceName"), name, "must be a valid extended resource name");
  }
};

export const DeviceClass = resource<DeviceClass>({
  group: "resource.k8s.io",
  version: "v1",
  kind: "DeviceClass",
  plural: "deviceclasses",
  scope: "Cluster",
  schema,
  deletion: { returns: "object", propagation: "Background" },
  columns: [nameColumn, ageColumn],
  rules: [classValid],
});
