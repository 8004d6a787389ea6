// ResourceClaimTemplate: what the claims of pods are made from. It refuses to make any.
import { ageColumn, nameColumn } from "../columns.ts";
import { claimFaults } from "./device-claim-rules.ts";
import { ResourceClaimSpec } from "./device-claim.ts";
import { semanticEqual } from "../../schema/equality.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { ObjectMeta, metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { object, plain } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const ResourceClaimTemplateSpec = object("k8s.io.api.resource.v1.ResourceClaimTemplateSpec", {
  metadata: plain(1, ObjectMeta, "Labels and annotations of the claims."),
  spec: plain(2, ResourceClaimSpec, "What the claims ask for."),
});
export interface ResourceClaimTemplateSpec extends ValueIn<typeof ResourceClaimTemplateSpec> {}

const schema = object(
  "k8s.io.api.resource.v1.ResourceClaimTemplate",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, ResourceClaimTemplateSpec, "The claims."),
  },
  { doc: "What claims of pods are made from." },
);
export interface ResourceClaimTemplate extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");

const templateValid: Rule<ResourceClaimTemplate> = function* ({ spec }, { old }) {
  if (!old) yield* claimFaults(spec.spec, SPEC.child("spec"));
  else if (!semanticEqual(ResourceClaimTemplateSpec, spec, old.spec))
    yield fieldInvalid(SPEC, spec, "field is immutable");
};

export const ResourceClaimTemplate = resource<ResourceClaimTemplate>({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceClaimTemplate",
  plural: "resourceclaimtemplates",
  scope: "Namespaced",
  schema,
  generationOf: [],
  deletion: { returns: "object", propagation: "Background" },
  columns: [nameColumn, ageColumn],
  rules: [templateValid],
});
