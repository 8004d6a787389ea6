// Rules about roles and bindings. Whether somebody may grant them is escalation.ts.
import { formats } from "../../base/formats.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { formatFaults, notSupported } from "../faults.ts";
import type { PolicyRule } from "./policy-rule.ts";
import { RBAC_GROUP } from "./subject.ts";
import type { RoleRef, Subject } from "./subject.ts";

/** What is wrong with the rules of a role. */
export function* policyFaults(rules: readonly PolicyRule[], namespaced: boolean): Generator<FieldError> {
  for (const [i, rule] of rules.entries()) yield* policyRuleFaults(rule, namespaced, FieldPath.of("rules").index(i));
}

/** A rule is about resources or about paths, never both; paths belong to no namespace. */
function* policyRuleFaults(rule: PolicyRule, namespaced: boolean, path: FieldPath): Generator<FieldError> {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (nonResourceURLs.length > 0) {
    const urls = path.child("nonResourceURLs");
    if (namespaced) yield fieldInvalid(urls, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs");
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      const why = "rules cannot apply to both regular resources and non-resource URLs";
      yield fieldInvalid(urls, nonResourceURLs, why);
    }
    return;
  }
  if (apiGroups.length === 0) {
    yield fieldRequired(path.child("apiGroups"), "resource rules must supply at least one api group");
  }
  if (resources.length === 0) {
    yield fieldRequired(path.child("resources"), "resource rules must supply at least one resource");
  }
}

interface Binding {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[] | undefined;
}

/** What is wrong with a binding. `kinds`: which kinds of role it may name. */
export function* bindingFaults(
  binding: Binding,
  old: Binding | undefined,
  kinds: readonly string[],
  namespaced: boolean,
): Generator<FieldError> {
  const { apiGroup = "", kind = "", name } = binding.roleRef;
  const ref = FieldPath.of("roleRef");
  if (apiGroup !== RBAC_GROUP) yield notSupported(ref.child("apiGroup"), apiGroup, [RBAC_GROUP]);
  if (!kinds.includes(kind)) yield notSupported(ref.child("kind"), kind, kinds);
  if (name) for (const fault of formats.pathSegmentName(name)) yield fieldInvalid(ref.child("name"), name, fault);
  for (const [i, subject] of (binding.subjects ?? []).entries()) {
    yield* subjectFaults(subject, namespaced, FieldPath.of("subjects").index(i));
  }
  if (old && !equalJson(old.roleRef, binding.roleRef))
    yield fieldInvalid(ref, binding.roleRef, "cannot change roleRef");
}

// In the order of upstream's message.
const SUBJECT_KINDS = ["ServiceAccount", "User", "Group"];

/** Only accounts have a namespace; in a RoleBinding it may be left out and is the binding's. */
function* subjectFaults(subject: Subject, namespaced: boolean, path: FieldPath): Generator<FieldError> {
  const { kind = "", apiGroup = "", name, namespace = "" } = subject;
  switch (kind) {
    case "ServiceAccount":
      if (name) yield* formatFaults(path.child("name"), name, "dns1123Subdomain");
      if (apiGroup !== "") yield notSupported(path.child("apiGroup"), apiGroup, [""]);
      if (!namespaced && namespace === "") yield fieldRequired(path.child("namespace"));
      break;
    case "User":
    case "Group":
      if (apiGroup !== RBAC_GROUP) yield notSupported(path.child("apiGroup"), apiGroup, [RBAC_GROUP]);
      break;
    default:
      yield notSupported(path.child("kind"), kind, SUBJECT_KINDS);
  }
}
