// NamespaceLifecycle: nothing is made in a namespace that is absent or ending, and the first namespaces stay.
// It refuses to empty namespaces: a controller does.
import { Namespace } from "../../resources/core/namespace.ts";
import { StatusError, forbidden, notFound } from "../../schema/meta/status.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./plugin.ts";

const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);
/** Reviews are answers, not objects: asking is possible about any namespace. */
const EXEMPT = new Set(["localsubjectaccessreviews"]);

export const namespaceLifecycle: AdmissionPlugin = {
  name: "NamespaceLifecycle",

  // The first thing that a new object is told, before anything is filled in or judged.
  mutate(request, { lookup }) {
    const { operation, resource, namespace, object } = request;
    const inNamespace = operation === "create" && namespace !== "" && resource.scope === "Namespaced";
    if (!inNamespace || EXEMPT.has(resource.plural)) return object;
    const found = lookup.get(Namespace, "", namespace);
    if (found !== undefined) return alive(found, request);
    // The cache may not have a namespace made a moment ago; the store has.
    return lookup.read(Namespace, "", namespace).then((read) => alive(read, request));
  },

  validate({ operation, resource, name }) {
    if (operation !== "delete" || resource.kind !== "Namespace" || resource.group !== "" || !IMMORTAL.has(name)) return;
    throw forbidden({ group: "", resource: "namespaces" }, name, "this namespace may not be deleted");
  },
};

function alive<T>(found: Namespace | undefined, request: AdmissionRequest & { readonly object: T }): T {
  if (found === undefined) throw notFound({ group: "", resource: "namespaces" }, request.namespace);
  const ends = found.metadata.deletionTimestamp !== undefined || found.status?.phase === "Terminating";
  if (ends) throw beingTerminated(request);
  return request.object;
}

function beingTerminated({ resource, namespace, name }: AdmissionRequest): StatusError {
  const about = { group: resource.group, resource: resource.plural };
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = forbidden(about, name, why);
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  return new StatusError({ ...error, message: error.message, details: { ...error.details, causes: [cause] } });
}
