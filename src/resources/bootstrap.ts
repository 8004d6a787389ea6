// What a cluster begins with, as data: namespaces, the system's priority classes, an APIService for each group version.
// It refuses to make any of it: the API server does at start. Roles and bindings are rbac/bootstrap/.
import type { KubeObject, Resource } from "../schema/resource.ts";
import { APIService } from "./apiregistration/api-service.ts";
import { priorityOf } from "./apiregistration/priorities.ts";
import { Namespace } from "./core/namespace.ts";
import { resources } from "./index.ts";
import { PriorityClass } from "./scheduling/priority-class.ts";
import { SYSTEM_PRIORITIES } from "./scheduling/priority.ts";

export interface BootstrapObject {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** Namespaces that are there from the start; the first three cannot be deleted. */
export const SYSTEM_NAMESPACES = ["default", "kube-public", "kube-system", "kube-node-lease"];

const namespaces = SYSTEM_NAMESPACES.map((name): Namespace => ({ metadata: { name }, spec: {}, status: {} }));

const priorityClasses = Object.entries(SYSTEM_PRIORITIES).map(([name, value]): PriorityClass => ({
  metadata: { name },
  value,
  preemptionPolicy: "PreemptLowerPriority",
}));

/** The group versions of the kinds, each once, in their order. */
const groupVersions = [...new Map(resources.map((r) => [`${r.version}.${r.group}`, r])).entries()];

const apiServices = groupVersions.flatMap(([name, { group, version }]): APIService[] => {
  const priority = priorityOf(group, version);
  if (!priority) return [];
  return [
    {
      metadata: { name, labels: { "kube-aggregator.kubernetes.io/automanaged": "onstart" } },
      spec: { ...(group !== "" && { group }), version, ...priority },
      status: {},
    },
  ];
});

export const bootstrapObjects: readonly BootstrapObject[] = [
  ...namespaces.map((object) => ({ resource: Namespace, object })),
  ...priorityClasses.map((object) => ({ resource: PriorityClass, object })),
  ...apiServices.map((object) => ({ resource: APIService, object })),
];
