// ReplicaSet: so many pods of one template. It refuses to make them (controllers/).
import { resource, scale, view } from "../../schema/resource.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import type { ReplicaSet as ReplicaSetObject } from "./replica-set-object.ts";
import { replicaSetSchema } from "./replica-set-object.ts";
import { replicaSetRules } from "./replica-set-rules.ts";
import { containersColumn, countColumn, imagesColumn, selectorColumn } from "./workload-columns.ts";
import { prepareWorkload } from "./workload-prepare.ts";

export interface ReplicaSet extends ReplicaSetObject {}

const prepare = (object: ReplicaSet, old: ReplicaSet | undefined, request: RequestFacts): ReplicaSet =>
  prepareWorkload(object, old, request, { replicas: 0 });

export const ReplicaSet = resource<ReplicaSet>({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  shortNames: ["rs"],
  categories: ["all"],
  scope: "Namespaced",
  schema: replicaSetSchema,
  columns: [
    nameColumn,
    countColumn<ReplicaSet>("Desired", "Pods that are wanted.", ({ spec }) => spec.replicas),
    countColumn<ReplicaSet>("Current", "Pods that there are.", ({ status }) => status.replicas),
    countColumn<ReplicaSet>("Ready", "Pods that are ready.", ({ status }) => status.readyReplicas),
    ageColumn,
    containersColumn,
    imagesColumn,
    selectorColumn,
  ],
  subresources: { scale: scale(), status: view(["status"]) },
  prepare,
  rules: replicaSetRules,
});
