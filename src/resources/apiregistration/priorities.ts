// In which order groups and their versions are listed: what built-in APIServices carry. It refuses to know who serves.

/** Of each group its minimum, then the priority of each version; higher goes first. */
const PRIORITIES: Readonly<Record<string, readonly [group: number, versions: Readonly<Record<string, number>>]>> = {
  "": [18_000, { v1: 1 }],
  apps: [17_800, { v1: 15 }],
  "events.k8s.io": [17_750, { v1: 15 }],
  "authentication.k8s.io": [17_700, { v1: 15 }],
  "authorization.k8s.io": [17_600, { v1: 15 }],
  autoscaling: [17_500, { v1: 15, v2: 30 }],
  batch: [17_400, { v1: 15 }],
  "certificates.k8s.io": [17_300, { v1: 15 }],
  "networking.k8s.io": [17_200, { v1: 15 }],
  policy: [17_100, { v1: 15 }],
  "rbac.authorization.k8s.io": [17_000, { v1: 15 }],
  "storage.k8s.io": [16_800, { v1: 15 }],
  "admissionregistration.k8s.io": [16_700, { v1: 15 }],
  "apiextensions.k8s.io": [16_700, { v1: 15 }],
  "scheduling.k8s.io": [16_600, { v1: 15 }],
  "coordination.k8s.io": [16_500, { v1: 15 }],
  "node.k8s.io": [16_300, { v1: 15 }],
  "discovery.k8s.io": [16_200, { v1: 15 }],
  "resource.k8s.io": [16_200, { v1: 21 }],
  "flowcontrol.apiserver.k8s.io": [16_100, { v1: 21 }],
  "storagemigration.k8s.io": [15_800, { v1: 15 }],
};

export interface Priority {
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
}

/** The priorities of a built-in group version; undefined for any other. */
export function priorityOf(group: string, version: string): Priority | undefined {
  const [groupPriorityMinimum, versions] = PRIORITIES[group] ?? [];
  const versionPriority = versions?.[version];
  if (groupPriorityMinimum === undefined || versionPriority === undefined) return undefined;
  return { groupPriorityMinimum, versionPriority };
}
