// LocalSubjectAccessReview: may somebody do this in this namespace? It refuses to be stored or to answer.
import { object, plain, required } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { SubjectAccessReviewSpec } from "./subject-access-review.ts";
import { SubjectAccessReviewStatus } from "./attributes.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { metadataFaults, questionFaults, whoFaults } from "./rules.ts";

const schema = object(
  "k8s.io.api.authorization.v1.LocalSubjectAccessReview",
  {
    ...typeMeta,
    metadata,
    spec: required(2, SubjectAccessReviewSpec, "The question, about this namespace."),
    status: plain(3, SubjectAccessReviewStatus, "The answer."),
  },
  { doc: "Asks whether somebody may do something in one namespace." },
);
export interface LocalSubjectAccessReview extends ValueIn<typeof schema> {}

/** As for everybody, but within the namespace of the request: so it may be granted by a Role. */
const valid: Rule<LocalSubjectAccessReview> = function* ({ metadata: given, spec }) {
  yield* questionFaults(spec);
  yield* whoFaults(spec.user, spec.groups);
  const { namespace = "" } = given;
  yield* metadataFaults(given, namespace === "" ? {} : { namespace });
  const path = FieldPath.of("spec");
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes && (resourceAttributes.namespace ?? "") !== namespace) {
    const wrong = resourceAttributes.namespace ?? "";
    yield fieldInvalid(path.child("resourceAttributes", "namespace"), wrong, "must match metadata.namespace");
  }
  if (nonResourceAttributes) {
    const why = "disallowed on this kind of request";
    yield fieldInvalid(path.child("nonResourceAttributes"), nonResourceAttributes, why);
  }
};

export const LocalSubjectAccessReview = resource<LocalSubjectAccessReview>({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "LocalSubjectAccessReview",
  plural: "localsubjectaccessreviews",
  scope: "Namespaced",
  verbs: ["create"],
  subresources: {},
  schema,
  rules: [valid],
});
