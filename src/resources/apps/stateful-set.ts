// StatefulSet: numbered pods of one template, each with claims of its own. It refuses to make them (controllers/).
import { resource, scale, view } from "../../schema/resource.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import type { StatefulSet as StatefulSetObject } from "./stateful-set-object.ts";
import { statefulSetSchema } from "./stateful-set-object.ts";
import { statefulSetRules } from "./stateful-set-rules.ts";
import { containersColumn, imagesColumn } from "./workload-columns.ts";
import { prepareWorkload } from "./workload-prepare.ts";

export interface StatefulSet extends StatefulSetObject {}

/** Templates of claims say what they are, as if they were objects. */
function prepare(object: StatefulSet, old: StatefulSet | undefined, request: RequestFacts): StatefulSet {
  const prepared = prepareWorkload(object, old, request, { replicas: 0, availableReplicas: 0 });
  const { volumeClaimTemplates } = prepared.spec;
  if (!volumeClaimTemplates?.some(({ kind }) => !kind)) return prepared;
  const named = volumeClaimTemplates.map((claim) => ({ ...claim, apiVersion: "v1", kind: "PersistentVolumeClaim" }));
  return { ...prepared, spec: { ...prepared.spec, volumeClaimTemplates: named } };
}

export const StatefulSet = resource<StatefulSet>({
  group: "apps",
  version: "v1",
  kind: "StatefulSet",
  plural: "statefulsets",
  shortNames: ["sts"],
  categories: ["all"],
  scope: "Namespaced",
  schema: statefulSetSchema,
  columns: [
    nameColumn,
    {
      name: "Ready",
      type: "string",
      doc: "Ready pods, of those wanted.",
      cell: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    ageColumn,
    containersColumn,
    imagesColumn,
  ],
  subresources: { scale: scale(), status: view(["status"]) },
  prepare,
  rules: statefulSetRules,
});
