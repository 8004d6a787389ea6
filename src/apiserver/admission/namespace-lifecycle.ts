// NamespaceLifecycle: nothing is made in a namespace that is absent or ending, and the first namespaces stay.
// It refuses to empty namespaces: a controller does.
import { Namespace } from "../../resources/core/namespace.ts";
import { StatusError, forbidden, notFound } from "../../schema/meta/status.ts";
import type { AdmissionPlugin } from "./plugin.ts";

const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);
/** Reviews are answers, not objects: asking is possible about any namespace. */
const EXEMPT = new Set(["localsubjectaccessreviews"]);

export const namespaceLifecycle: AdmissionPlugin = {
  name: "NamespaceLifecycle",

  async validate({ operation, resource, namespace, name }, { lookup }) {
    const about = { group: resource.group, resource: resource.plural };
    if (operation === "delete" && resource.kind === "Namespace" && resource.group === "" && IMMORTAL.has(name))
      throw forbidden(about, name, "this namespace may not be deleted");
    if (operation !== "create" || !namespace || resource.scope !== "Namespaced" || EXEMPT.has(resource.plural)) return;
    // The cache may not have a namespace made a moment ago; the store has.
    const found = lookup.get(Namespace, "", namespace) ?? (await lookup.read(Namespace, "", namespace));
    if (!found) throw notFound({ group: "", resource: "namespaces" }, namespace);
    if (found.metadata.deletionTimestamp === undefined && found.status?.phase !== "Terminating") return;
    const error = forbidden(about, name, `unable to create new content in namespace ${namespace} because it is being terminated`);
    const cause = { reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated`, field: "metadata.namespace" };
    throw new StatusError({ ...error, message: error.message, details: { ...error.details, causes: [cause] } });
  },
};
