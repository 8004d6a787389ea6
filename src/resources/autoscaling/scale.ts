// Scale: the replicas of any kind that has them, as the scale subresource shows them. It refuses to be stored.
import { int32, object, optional, plain, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";

export const ScaleSpec = object("k8s.io.api.autoscaling.v1.ScaleSpec", {
  replicas: optional(1, int32({ minimum: 0 }), "How many are desired."),
});
export interface ScaleSpec extends ValueIn<typeof ScaleSpec> {}

export const ScaleStatus = object("k8s.io.api.autoscaling.v1.ScaleStatus", {
  replicas: required(1, int32(), "How many there are."),
  selector: optional(2, string(), "Which pods are counted, as a query writes it."),
});
export interface ScaleStatus extends ValueIn<typeof ScaleStatus> {}

const schema = object(
  "k8s.io.api.autoscaling.v1.Scale",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, ScaleSpec, "How many are desired."),
    status: plain(3, ScaleStatus, "How many there are."),
  },
  { doc: "How many replicas are wanted and there." },
);
export interface Scale extends ValueIn<typeof schema> {}

export const Scale = resource<Scale>({
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  plural: "scales",
  scope: "Namespaced",
  verbs: ["get", "patch", "update"],
  subresources: {},
  schema,
});
