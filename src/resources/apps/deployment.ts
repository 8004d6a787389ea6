// Deployment: pods of one template, replaced step by step when it changes. It refuses to make them (controllers/).
import { resource, scale, view } from "../../schema/resource.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import type { Deployment as DeploymentObject } from "./deployment-object.ts";
import { deploymentSchema } from "./deployment-object.ts";
import { deploymentRules } from "./deployment-rules.ts";
import { containersColumn, imagesColumn, selectorColumn } from "./workload-columns.ts";
import { prepareWorkload, sameAnnotations } from "./workload-prepare.ts";

export interface Deployment extends DeploymentObject {}

/** Annotations tell revisions, so that their changes raise the generation too. */
function prepare(object: Deployment, old: Deployment | undefined, request: RequestFacts): Deployment {
  const prepared = prepareWorkload(object, old, request, {});
  if (old && request.subresource === "status") {
    // Alone among workloads, its status cannot bring labels.
    const { labels: _, ...metadata } = prepared.metadata;
    return { ...prepared, metadata: { ...metadata, ...(old.metadata.labels && { labels: old.metadata.labels }) } };
  }
  if (!old || request.subresource !== "" || sameAnnotations(object, old)) return prepared;
  return { ...prepared, metadata: { ...prepared.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
}

export const Deployment = resource<Deployment>({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  shortNames: ["deploy"],
  categories: ["all"],
  scope: "Namespaced",
  schema: deploymentSchema,
  columns: [
    nameColumn,
    {
      name: "Ready",
      type: "string",
      doc: "Ready pods, of those wanted.",
      cell: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    {
      name: "Up-to-date",
      type: "string",
      doc: "Pods of the newest template.",
      cell: ({ status }) => status.updatedReplicas ?? 0,
    },
    {
      name: "Available",
      type: "string",
      doc: "Pods that have been ready for long enough.",
      cell: ({ status }) => status.availableReplicas ?? 0,
    },
    ageColumn,
    containersColumn,
    imagesColumn,
    selectorColumn,
  ],
  subresources: { scale: scale(), status: view(["status"], undefined, ["metadata.labels"]) },
  prepare,
  rules: deploymentRules,
});
