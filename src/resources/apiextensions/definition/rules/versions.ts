// The versions of a definition: their names, which one is stored, how they convert, and that none goes which objects
// may still be stored in.
import { fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { formatFaults, notSupported } from "../../../faults.ts";
import type { CustomResourceDefinition } from "../../custom-resource-definition.ts";

const SPEC = FieldPath.of("spec");
const VERSIONS = SPEC.child("versions");
const STORED = FieldPath.of("status", "storedVersions");

export const versionsValid: Rule<CustomResourceDefinition> = function* ({ spec }) {
  const { versions = [] } = spec;
  const names = versions.map(({ name }) => name ?? "");
  for (const [i, name] of names.entries()) yield* formatFaults(VERSIONS.index(i).child("name"), name, "dns1035Label");
  if (versions.filter(({ storage }) => storage).length !== 1)
    yield fieldInvalid(VERSIONS, versions, "must have exactly one version marked as storage version");
  if (new Set(names).size !== names.length) yield fieldInvalid(VERSIONS, versions, "must contain unique version names");
  for (const [i, { schema, deprecationWarning, deprecated }] of versions.entries()) {
    if (schema?.openAPIV3Schema === undefined)
      yield fieldRequired(VERSIONS.index(i).child("schema", "openAPIV3Schema"), "schemas are required");
    if (deprecationWarning !== undefined && !deprecated)
      yield fieldInvalid(
        VERSIONS.index(i).child("deprecationWarning"),
        deprecationWarning,
        "can only be set for deprecated versions",
      );
  }
};

export const unknownFieldsPruned: Rule<CustomResourceDefinition> = function* ({ spec }) {
  if (spec.preserveUnknownFields)
    yield fieldInvalid(
      SPEC.child("preserveUnknownFields"),
      true,
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    );
};

export const conversionValid: Rule<CustomResourceDefinition> = function* ({ spec }) {
  const { conversion } = spec;
  if (conversion === undefined) return;
  const path = SPEC.child("conversion");
  const { strategy = "", webhook } = conversion;
  if (strategy === "") return yield fieldRequired(path.child("strategy"));
  if (strategy !== "None" && strategy !== "Webhook")
    return yield notSupported(path.child("strategy"), strategy, ["None", "Webhook"]);
  if (strategy === "None") {
    if (webhook !== undefined)
      yield {
        reason: "FieldValueForbidden",
        field: path.child("webhook").toString(),
        body: "Forbidden: should not be set when strategy is not set to Webhook",
      };
    return;
  }
  if (webhook?.clientConfig === undefined)
    return yield fieldRequired(path.child("webhookClientConfig"), "required when strategy is set to Webhook");
  const { url, service } = webhook.clientConfig;
  const client = path.child("webhookClientConfig");
  if ((url === undefined) === (service === undefined))
    yield fieldRequired(client, "exactly one of url or service is required");
  if (url !== undefined && !url.startsWith("https://"))
    yield fieldInvalid(
      client.child("url"),
      url,
      `'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    );
  if ((webhook.conversionReviewVersions ?? []).length === 0)
    yield fieldRequired(path.child("conversionReviewVersions"));
};

/** Also what a status writer may not forget: a version can go when no object is stored in it any more. */
export const storedVersionsServed: Rule<CustomResourceDefinition> = function* ({ spec, status }, { old, request }) {
  if (old === undefined) return;
  const { versions = [] } = spec;
  const stored = status.storedVersions ?? [];
  const storage = versions.find((version) => version.storage)?.name;
  if (request.subresource === "status" && storage !== undefined && !stored.includes(storage))
    yield fieldInvalid(STORED, stored, `must have the storage version ${storage}`);
  for (const [i, name] of stored.entries()) {
    if (versions.some((version) => version.name === name)) continue;
    yield fieldInvalid(
      STORED.index(i),
      name,
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
    );
  }
};
