// Ingress: HTTP routes from outside to services. Its shape is ingress-object.ts. It refuses to route: that is ingress/.
import { ageColumn, nameColumn } from "../columns.ts";
import { ingressSchema } from "./ingress-object.ts";
import { classesAgree, entriesValid, routesValid } from "./ingress-rules.ts";
import { preparesStatus } from "../status.ts";
import { resource } from "../../schema/resource.ts";
import type { Ingress as IngressObject } from "./ingress-object.ts";

export interface Ingress extends IngressObject {}

/** So many hosts are shown in a row. */
const HOSTS_SHOWN = 3;

function hostsText({ spec }: Ingress): string {
  const { rules = [] } = spec;
  const shown = rules.flatMap(({ host = "" }) => (host === "" ? [] : [host])).slice(0, HOSTS_SHOWN);
  if (shown.length === 0) return "*";
  const more = rules.length - HOSTS_SHOWN;
  return shown.join(",") + (shown.length === HOSTS_SHOWN && more > 0 ? ` + ${more} more...` : "");
}

const addressText = ({ status }: Ingress) =>
  [...new Set((status.loadBalancer.ingress ?? []).map(({ ip, hostname }) => ip || hostname || ""))]
    .filter((address) => address !== "")
    .sort()
    .join(",");

export const Ingress = resource<Ingress>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "Ingress",
  plural: "ingresses",
  shortNames: ["ing"],
  scope: "Namespaced",
  schema: ingressSchema,
  columns: [
    nameColumn,
    { name: "Class", type: "string", doc: "Whose it is.", cell: ({ spec }) => spec.ingressClassName ?? "<none>" },
    { name: "Hosts", type: "string", doc: "The hosts that it is about.", cell: hostsText },
    { name: "Address", type: "string", doc: "Where it is reached.", cell: addressText },
    {
      name: "Ports",
      type: "string",
      doc: "The ports that it is reached at.",
      cell: ({ spec }) => ((spec.tls ?? []).length > 0 ? "80, 443" : "80"),
    },
    ageColumn,
  ],
  prepare: preparesStatus<Ingress>(ingressSchema),
  rules: [classesAgree, routesValid, entriesValid],
});
