// Service: one address for many pods. It refuses to give addresses itself: it names what it needs.
import { connect, resource, view } from "../../schema/resource.ts";
import { serviceColumns } from "./service/columns.ts";
import type { Service as ServiceObject } from "./service/object.ts";
import { serviceSchema } from "./service/object.ts";
import { prepareService } from "./service/prepare.ts";
import { serviceRules } from "./service/rules/index.ts";

export type { ServicePort, ServiceSpec } from "./service/object.ts";
export interface Service extends ServiceObject {}

export const Service = resource<Service>({
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  shortNames: ["svc"],
  categories: ["all"],
  scope: "Namespaced",
  schema: serviceSchema,
  nameFormat: "dns1123Label",
  generationOf: [],
  columns: serviceColumns,
  subresources: {
    proxy: connect("serviceProxy", ["create", "delete", "get", "patch", "update"]),
    status: view(["status"]),
  },
  deletion: { returns: "object", propagation: "Background" },
  createOnUpdate: true,
  selectableFields: {
    "spec.clusterIP": ({ spec }) => spec.clusterIP ?? "",
    "spec.type": ({ spec }) => spec.type ?? "",
  },
  allocates: ["clusterIP", "nodePort", "healthCheckNodePort"],
  prepare: prepareService,
  rules: serviceRules,
});
