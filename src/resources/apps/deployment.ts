// Deployment: pods of one template, replaced step by step when it changes. It refuses to make them (controllers/).
import { resource, scale, view } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import type { Deployment as DeploymentObject } from "./deployment-object.ts";
import { deploymentSchema } from "./deployment-object.ts";

export interface Deployment extends DeploymentObject {}

export const Deployment = resource<Deployment>({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  shortNames: ["deploy"],
  categories: ["all"],
  scope: "Namespaced",
  schema: deploymentSchema,
  columns: [nameColumn, ageColumn],
  subresources: { scale: scale(), status: view(["status"]) },
});
