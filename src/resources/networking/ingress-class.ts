// IngressClass: a controller of ingresses and its settings, by name. It refuses to be chosen: that is admission.
import { ageColumn, nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";
import { referenceFaults } from "./ingress-rules.ts";
import { fieldForbidden, fieldNotSupported, fieldRequired, fieldTooLong } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { object, optional, plain, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

/** Ingresses without a class get the one that says "true" here. */
export const DEFAULT_INGRESS_CLASS = "ingressclass.kubernetes.io/is-default-class";

export const IngressClassParametersReference = object("k8s.io.api.networking.v1.IngressClassParametersReference", {
  apiGroup: pointer(1, string(), "Its group; core if left out.", { protoName: "aPIGroup" }),
  kind: required(2, string(), "Its kind.", { toldLast: true }),
  name: required(3, string(), "Its name.", { toldLast: true }),
  scope: pointer(4, string(), "Cluster or Namespace.", { always: true, default: "Cluster" }),
  namespace: pointer(5, string(), "Its namespace, for scope Namespace."),
});
export interface IngressClassParametersReference extends ValueIn<typeof IngressClassParametersReference> {}

export const IngressClassSpec = object("k8s.io.api.networking.v1.IngressClassSpec", {
  controller: optional(1, string(), "Which controller serves ingresses of the class, as a path below a domain.", {
    immutable: true,
    demanded: true,
  }),
  parameters: pointer(2, IngressClassParametersReference, "An object with settings for the controller."),
});
export interface IngressClassSpec extends ValueIn<typeof IngressClassSpec> {}

const schema = object(
  "k8s.io.api.networking.v1.IngressClass",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, IngressClassSpec, "Who serves."),
  },
  { doc: "A kind of ingress: who serves it, with what settings." },
);
export interface IngressClass extends ValueIn<typeof schema> {}

const MOST_CONTROLLER = 250;
const SCOPES = ["Cluster", "Namespace"];
const SPEC = FieldPath.of("spec");

const controllerValid: Rule<IngressClass> = function* ({ spec: { controller = "" } }) {
  const path = SPEC.child("controller");
  if (controller.length > MOST_CONTROLLER) yield fieldTooLong(path, MOST_CONTROLLER);
  if (controller === "") return;
  yield* formatFaults(path, controller, "domainPrefixedPath");
};

const parametersValid: Rule<IngressClass> = function* ({ spec: { parameters } }) {
  if (parameters === undefined) return;
  const path = SPEC.child("parameters");
  yield* referenceFaults(parameters, path);
  const { scope, namespace } = parameters;
  if (scope === undefined) return yield fieldRequired(path.child("scope"));
  if (!SCOPES.includes(scope)) yield fieldNotSupported(path.child("scope"), scope, SCOPES);
  if (scope === "Namespace") {
    if (!namespace) yield fieldRequired(path.child("namespace"), "`parameters.scope` is set to 'Namespace'");
    else yield* formatFaults(path.child("namespace"), namespace, "dns1123Label");
  } else if (scope === "Cluster" && namespace !== undefined) {
    yield fieldForbidden(path.child("namespace"), "`parameters.scope` is set to 'Cluster'");
  }
};

function parametersText({ spec: { parameters } }: IngressClass): string {
  if (parameters === undefined) return "<none>";
  const { kind, apiGroup, name } = parameters;
  return `${kind}${apiGroup === undefined ? "" : `.${apiGroup}`}/${name}`;
}

export const IngressClass = resource<IngressClass>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IngressClass",
  plural: "ingressclasses",
  scope: "Cluster",
  schema,
  columns: [
    nameColumn,
    { name: "Controller", type: "string", doc: "Who serves.", cell: ({ spec }) => spec.controller ?? "" },
    { name: "Parameters", type: "string", doc: "Its settings.", cell: parametersText },
    ageColumn,
  ],
  rules: [controllerValid, parametersValid],
});
