// The columns of `kubectl get services`. It refuses to look at endpoints.
import type { Column } from "../../../schema/resource.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Service, ServicePort } from "./object.ts";

// Nothing is shown as this.
const orNone = (text: string | undefined) => text || "<none>";

/** What a load balancer reports, then addresses that the user named; `<pending>` until there is one. */
function externalText({ spec, status }: Service): string {
  const own = (spec.externalIPs ?? []).join(",");
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return orNone(own);
    case "LoadBalancer": {
      const balanced = (status.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip || hostname || "")
        .filter(Boolean);
      const text = [...new Set(balanced)].sort().join(",");
      return [text, own].filter(Boolean).join(",") || "<pending>";
    }
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

/** `80/TCP`, with the node port `80:30001/TCP`. */
const portText = ({ port, nodePort, protocol }: ServicePort) =>
  nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;

/** `a=b,c=d`, sorted. */
const selectorText = (selector: Readonly<Record<string, string>> = {}) =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(",");

export const serviceColumns: readonly Column<Service>[] = [
  nameColumn,
  { name: "Type", type: "string", doc: "How it is reached.", cell: ({ spec }) => spec.type ?? "" },
  { name: "Cluster-IP", type: "string", doc: "Its virtual address.", cell: ({ spec }) => orNone(spec.clusterIPs?.[0]) },
  { name: "External-IP", type: "string", doc: "Where it is reached from outside.", cell: externalText },
  {
    name: "Port(s)",
    type: "string",
    doc: "Its ports, with the node port where there is one.",
    cell: ({ spec }) => orNone((spec.ports ?? []).map(portText).join(",")),
  },
  ageColumn,
  {
    name: "Selector",
    type: "string",
    priority: 1,
    doc: "Labels of the pods behind it.",
    cell: ({ spec }) => orNone(selectorText(spec.selector)),
  },
];
