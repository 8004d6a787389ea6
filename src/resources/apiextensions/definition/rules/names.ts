// What a definition may be called, and what of that may not change. It refuses to look at other definitions: whether
// names are free is found out afterwards (apiserver/upkeep).
import { fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { formatFaults, notSupported } from "../../../faults.ts";
import { isEstablished } from "../conditions.ts";
import type { CustomResourceDefinition } from "../../custom-resource-definition.ts";

const SPEC = FieldPath.of("spec");
const NAMES = SPEC.child("names");
const APPROVED = "api-approved.kubernetes.io";

/** Groups that belong to Kubernetes itself. */
const isProtected = (group: string) => /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);

/** The name says the plural and the group. */
export const nameSaysGroup: Rule<CustomResourceDefinition> = function* ({ metadata, spec }, { old }) {
  const { name = "" } = metadata;
  if (old === undefined && name !== `${spec.names.plural ?? ""}.${spec.group ?? ""}`)
    yield fieldInvalid(FieldPath.of("metadata", "name"), name, 'must be spec.names.plural+"."+spec.group');
};

export const groupValid: Rule<CustomResourceDefinition> = function* ({ metadata, spec }) {
  const { group = "" } = spec;
  const path = SPEC.child("group");
  if (group === "") return yield fieldRequired(path);
  const faults = formatFaults(path, group, "dns1123Subdomain");
  yield* faults;
  if (faults.length === 0 && !group.includes("."))
    yield fieldInvalid(path, group, "should be a domain with at least one dot");
  if (!isProtected(group)) return;
  const annotation = FieldPath.of("metadata", "annotations").key(APPROVED);
  const approval = metadata.annotations?.[APPROVED];
  const see = "see https://github.com/kubernetes/enhancements/pull/1111";
  if (approval === undefined)
    yield fieldRequired(annotation, `protected groups must have approval annotation "${APPROVED}", ${see}`);
  else if (!approval.startsWith("unapproved") && !URL.canParse(approval))
    yield fieldInvalid(
      annotation,
      approval,
      `protected groups must have approval annotation "${APPROVED}" with either a URL or a reason starting with "unapproved", ${see}`,
    );
};

export const scopeKnown: Rule<CustomResourceDefinition> = function* ({ spec }) {
  const { scope = "" } = spec;
  if (scope === "") yield fieldRequired(SPEC.child("scope"));
  else if (scope !== "Cluster" && scope !== "Namespaced")
    yield notSupported(SPEC.child("scope"), scope, ["Cluster", "Namespaced"]);
};

export const namesValid: Rule<CustomResourceDefinition> = function* ({ spec }) {
  const { plural = "", singular = "", kind = "", listKind = "", shortNames = [], categories = [] } = spec.names;
  if (plural === "") yield fieldRequired(NAMES.child("plural"));
  else yield* formatFaults(NAMES.child("plural"), plural, "dns1035Label");
  if (singular !== "") yield* formatFaults(NAMES.child("singular"), singular, "dns1035Label");
  if (kind === "") yield fieldRequired(NAMES.child("kind"));
  else yield* formatFaults(NAMES.child("kind"), kind, "mixedCaseDNS1035Label");
  for (const [i, name] of shortNames.entries())
    yield* formatFaults(NAMES.child("shortNames").index(i), name, "dns1035Label");
  if (listKind !== "") {
    yield* formatFaults(NAMES.child("listKind"), listKind, "mixedCaseDNS1035Label");
    if (listKind === kind)
      yield fieldInvalid(NAMES.child("listKind"), listKind, "kind and listKind may not be the same");
  }
  for (const [i, name] of categories.entries())
    yield* formatFaults(NAMES.child("categories").index(i), name, "dns1035Label");
};

/** Objects lie under these names. */
export const identityStays: Rule<CustomResourceDefinition> = function* ({ spec }, { old }) {
  if (old === undefined) return;
  const stays = function* (path: FieldPath, now: string | undefined, before: string | undefined) {
    if (now !== before) yield fieldInvalid(path, now ?? "", "field is immutable");
  };
  if (isEstablished(old)) {
    yield* stays(SPEC.child("scope"), spec.scope, old.spec.scope);
    yield* stays(NAMES.child("kind"), spec.names.kind, old.spec.names.kind);
  }
  yield* stays(SPEC.child("group"), spec.group, old.spec.group);
  yield* stays(NAMES.child("plural"), spec.names.plural, old.spec.names.plural);
};
