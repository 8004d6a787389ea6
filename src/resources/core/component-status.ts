// ComponentStatus: whether a part of the control plane is well. It refuses to be stored: it is worked out when asked for.
import { listMap, object, optional, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { nameColumn } from "../columns.ts";

export const ComponentCondition = object("k8s.io.api.core.v1.ComponentCondition", {
  type: required(1, string(), "What is told; `Healthy` is all there is."),
  status: required(2, string(), "True, False or Unknown."),
  message: optional(3, string(), "What the component said."),
  error: optional(4, string(), "What went wrong in asking it."),
});
export interface ComponentCondition extends ValueIn<typeof ComponentCondition> {}

const schema = object(
  "k8s.io.api.core.v1.ComponentStatus",
  {
    ...typeMeta,
    metadata,
    conditions: optional(2, listMap(ComponentCondition, ["type"]), "What was found.", {
      merge: { strategy: ["merge"], key: "type" },
    }),
  },
  { doc: "Whether a part of the control plane is well. Deprecated; components have health endpoints of their own." },
);
export interface ComponentStatus extends ValueIn<typeof schema> {}

const healthy = ({ conditions = [] }: ComponentStatus) => conditions.find(({ type }) => type === "Healthy");

export const ComponentStatus = resource<ComponentStatus>({
  group: "",
  version: "v1",
  kind: "ComponentStatus",
  plural: "componentstatuses",
  shortNames: ["cs"],
  scope: "Cluster",
  verbs: ["get", "list"],
  deprecation: "v1 ComponentStatus is deprecated in v1.19+",
  schema,
  columns: [
    nameColumn,
    {
      name: "Status",
      type: "string",
      doc: "Healthy or not.",
      cell: (object) => (healthy(object)?.status === "True" ? "Healthy" : "Unhealthy"),
    },
    { name: "Message", type: "string", doc: "What it said.", cell: (object) => healthy(object)?.message ?? "" },
    { name: "Error", type: "string", doc: "What went wrong.", cell: (object) => healthy(object)?.error ?? "" },
  ],
});
