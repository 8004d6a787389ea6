// What silence of a node means, and which taints its conditions ask for. Pure. It refuses to write and to tell the time.
import { formatTime } from "../../base/timestamp.ts";
import type { Node } from "../../resources/core/node.ts";
import type { Taint } from "../../resources/core/node/taint.ts";
import {
  DISK_PRESSURE_TAINT,
  MEMORY_PRESSURE_TAINT,
  NETWORK_UNAVAILABLE_TAINT,
  NOT_READY_TAINT,
  PID_PRESSURE_TAINT,
  UNREACHABLE_TAINT,
  UNSCHEDULABLE_TAINT,
} from "../../resources/core/node/taint.ts";
import { findCondition } from "../../resources/conditions.ts";

type NodeCondition = NonNullable<Node["status"]["conditions"]>[number];

/** Conditions that only a kubelet knows: they are Unknown when it is not heard of. */
const KUBELETS: readonly NodeCondition["type"][] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** The conditions of a node that was silent for too long; the same list when they say so already. */
export function silenced(node: Node, now: number): readonly NodeCondition[] {
  const conditions = node.status.conditions ?? [];
  const time = formatTime(now);
  const next = conditions.map((c) =>
    !KUBELETS.includes(c.type) || c.status === "Unknown"
      ? c
      : {
          ...c,
          status: "Unknown" as const,
          reason: "NodeStatusUnknown",
          message: "Kubelet stopped posting node status.",
          lastTransitionTime: time,
        },
  );
  const missing = KUBELETS.filter((type) => !findCondition(conditions, type)).map((type) => ({
    type,
    status: "Unknown" as const,
    reason: "NodeStatusNeverUpdated",
    message: "Kubelet never posted node status.",
    ...(node.metadata.creationTimestamp && { lastHeartbeatTime: node.metadata.creationTimestamp }),
    lastTransitionTime: time,
  }));
  const changed = missing.length > 0 || next.some((c, i) => c !== conditions[i]);
  return changed ? [...next, ...missing] : conditions;
}

/** Taints by condition type and status. */
const BY_CONDITION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY_TAINT, Unknown: UNREACHABLE_TAINT },
  MemoryPressure: { True: MEMORY_PRESSURE_TAINT },
  DiskPressure: { True: DISK_PRESSURE_TAINT },
  NetworkUnavailable: { True: NETWORK_UNAVAILABLE_TAINT },
  PIDPressure: { True: PID_PRESSURE_TAINT },
};

const MANAGED: ReadonlySet<string> = new Set([
  ...Object.values(BY_CONDITION).flatMap((byStatus) => Object.values(byStatus)),
  UNSCHEDULABLE_TAINT,
]);

const addTaint = (key: string, effect: "NoSchedule" | "NoExecute", now: number): Taint => ({
  key,
  effect,
  timeAdded: formatTime(now),
});

/** The taints with exactly those of effect NoSchedule that the conditions and `spec.unschedulable` ask for. */
export function withConditionTaints(node: Node, now: number): readonly Taint[] {
  const wanted = new Set(
    (node.status.conditions ?? []).flatMap(({ type, status }) => BY_CONDITION[type]?.[status] ?? []),
  );
  if (node.spec.unschedulable) wanted.add(UNSCHEDULABLE_TAINT);
  const taints = node.spec.taints ?? [];
  const isManaged = (taint: Taint) => taint.effect === "NoSchedule" && MANAGED.has(taint.key);
  const kept = taints.filter((taint) => !isManaged(taint) || wanted.has(taint.key));
  const missing = [...wanted].filter(
    (key) => !kept.some((taint) => taint.key === key && taint.effect === "NoSchedule"),
  );
  return kept.length === taints.length && missing.length === 0
    ? taints
    : [...kept, ...missing.map((key) => addTaint(key, "NoSchedule", now))];
}

/** The NoExecute taint that a Ready status asks for. */
export const evictionTaint = (ready: string): string | undefined =>
  ready === "False" ? NOT_READY_TAINT : ready === "Unknown" ? UNREACHABLE_TAINT : undefined;

/** The taints with `key` (or none) as the one of effect NoExecute. */
export function withEvictionTaint(taints: readonly Taint[], key: string | undefined, now: number): readonly Taint[] {
  const isManaged = (taint: Taint) =>
    taint.effect === "NoExecute" && (taint.key === NOT_READY_TAINT || taint.key === UNREACHABLE_TAINT);
  const managed = taints.filter(isManaged);
  if (managed.length === (key === undefined ? 0 : 1) && (key === undefined || managed[0]!.key === key)) return taints;
  const others = taints.filter((taint) => !isManaged(taint));
  return key === undefined ? others : [...others, addTaint(key, "NoExecute", now)];
}
