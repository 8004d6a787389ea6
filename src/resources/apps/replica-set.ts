// ReplicaSet: so many pods of one template. It refuses to make them (controllers/).
import { resource, scale, view } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import type { ReplicaSet as ReplicaSetObject } from "./replica-set-object.ts";
import { replicaSetSchema } from "./replica-set-object.ts";

export interface ReplicaSet extends ReplicaSetObject {}

export const ReplicaSet = resource<ReplicaSet>({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  shortNames: ["rs"],
  categories: ["all"],
  scope: "Namespaced",
  schema: replicaSetSchema,
  columns: [nameColumn, ageColumn],
  subresources: { scale: scale(), status: view(["status"]) },
});
