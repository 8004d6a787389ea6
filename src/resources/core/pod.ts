// Pod: containers that run together on one node. What fields say stands in pod/, one file a noun; here they become the resource.
// It refuses to read other objects: what needs a ServiceAccount, a PriorityClass or a LimitRange is admission.
import { resource } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import type { Pod as PodObject } from "./pod/object.ts";
import { podSchema } from "./pod/object.ts";

export interface Pod extends PodObject {}

export const Pod = resource<Pod>({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  shortNames: ["po"],
  categories: ["all"],
  scope: "Namespaced",
  schema: podSchema,
  columns: [nameColumn, ageColumn],
});
