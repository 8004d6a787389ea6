// The priorities that Kubernetes keeps for itself. It refuses to be an object: resources/bootstrap.ts makes them.

/** The most that a PriorityClass of a user may have. */
export const HIGHEST_USER_PRIORITY = 1_000_000_000;

/** Names that begin so are Kubernetes' own. */
export const SYSTEM_PREFIX = "system-";

export const CLUSTER_CRITICAL = "system-cluster-critical";
export const NODE_CRITICAL = "system-node-critical";

/** The system's classes and their values. */
export const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  [CLUSTER_CRITICAL]: 2 * HIGHEST_USER_PRIORITY,
  [NODE_CRITICAL]: 2 * HIGHEST_USER_PRIORITY + 1000,
};

/** Why this is none of the system's classes, in upstream's words; undefined if it is one. */
export function systemClassFault(name: string, value: number, globalDefault: boolean): string | undefined {
  const wanted = Object.hasOwn(SYSTEM_PRIORITIES, name) ? SYSTEM_PRIORITIES[name] : undefined;
  if (wanted === undefined) return `${name} is not a known system priority class`;
  if (value !== wanted) return `value of ${name} PriorityClass must be ${wanted}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
