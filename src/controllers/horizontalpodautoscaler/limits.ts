// How far and how fast an autoscaler may go: bounds, rates, and advice that is remembered for a while. It refuses to scale.
import type {
  HPAScalingRules,
  HorizontalPodAutoscaler,
} from "../../resources/autoscaling/horizontal-pod-autoscaler-object.ts";

/** What is remembered of one autoscaler. Times are milliseconds. */
export interface Memory {
  advice: readonly { readonly replicas: number; readonly at: number }[];
  ups: readonly Change[];
  downs: readonly Change[];
}
interface Change {
  readonly by: number;
  readonly at: number;
}

export interface Limited {
  readonly replicas: number;
  readonly able: { readonly reason: string; readonly message: string };
  readonly limited: { readonly status: "True" | "False"; readonly reason: string; readonly message: string };
}

export interface Wish {
  readonly current: number;
  readonly desired: number;
  readonly least: number;
  readonly now: number;
}

/** Without a window of its own an autoscaler shrinks to the most that was advised in so long. */
const DOWNSCALE_STABILIZATION_MS = 300_000;
const READY = { reason: "ReadyForNewScale", message: "recommended size matches current size" };
const HIGHER = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};
const LOWER = {
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};
const WITHIN = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
const TOO_FEW = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const TOO_MANY = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const UP_LIMIT = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const DOWN_LIMIT = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};

/** Brings a wish within what the autoscaler allows, and remembers it. */
export function limit(autoscaler: HorizontalPodAutoscaler, memory: Memory, wish: Wish): Limited {
  const { behavior, maxReplicas } = autoscaler.spec;
  const steady = behavior ? stabilizedBetween(behavior, memory, wish) : stabilizedDown(memory, wish);
  const able = steady === wish.desired ? READY : behavior && wish.desired >= wish.current ? LOWER : HIGHER;
  const wanted = { ...wish, desired: steady };
  const [replicas, reason] = behavior ? rated(behavior, memory, wanted, maxReplicas) : doubled(wanted, maxReplicas);
  return { replicas, able, limited: { status: replicas === steady ? "False" : "True", ...reason } };
}

/** Remembers a change of size, for the rates. */
export function noteScaled({ spec: { behavior } }: HorizontalPodAutoscaler, memory: Memory, wish: Wish): void {
  if (!behavior) return;
  const { current, desired, now } = wish;
  const isUp = desired > current;
  const rules = isUp ? behavior.scaleUp : behavior.scaleDown;
  const longest = Math.max(0, ...(rules?.policies ?? []).map(({ periodSeconds }) => periodSeconds)) * 1000;
  const kept = (isUp ? memory.ups : memory.downs).filter(({ at }) => at >= now - longest);
  const all = [...kept, { by: Math.abs(desired - current), at: now }];
  if (isUp) memory.ups = all;
  else memory.downs = all;
}

function stabilizedDown(memory: Memory, { desired, now }: Wish): number {
  const recent = memory.advice.filter(({ at }) => at >= now - DOWNSCALE_STABILIZATION_MS);
  memory.advice = [...recent, { replicas: desired, at: now }];
  return Math.max(desired, ...recent.map(({ replicas }) => replicas));
}

type Behavior = NonNullable<HorizontalPodAutoscaler["spec"]["behavior"]>;

function stabilizedBetween({ scaleUp, scaleDown }: Behavior, memory: Memory, { current, desired, now }: Wish): number {
  const upMs = (scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
  const downMs = (scaleDown?.stabilizationWindowSeconds ?? DOWNSCALE_STABILIZATION_MS / 1000) * 1000;
  const since = (ms: number) => memory.advice.filter(({ at }) => at > now - ms).map(({ replicas }) => replicas);
  const lowest = Math.min(desired, ...since(upMs));
  const highest = Math.max(desired, ...since(downMs));
  memory.advice = [
    ...memory.advice.filter(({ at }) => at >= now - Math.max(upMs, downMs)),
    { replicas: desired, at: now },
  ];
  return Math.min(Math.max(current, lowest), highest);
}

type Reason = { readonly reason: string; readonly message: string };

/** Without behaviour: at most twice as many, or four. */
function doubled({ current, desired, least }: Wish, most: number): [number, Reason] {
  const fastest = Math.max(2 * current, 4);
  if (desired < least) return [least, TOO_FEW];
  if (desired > Math.min(most, fastest)) return most > fastest ? [fastest, UP_LIMIT] : [most, TOO_MANY];
  return [desired, WITHIN];
}

function rated(
  { scaleUp, scaleDown }: Behavior,
  memory: Memory,
  { current, desired, least, now }: Wish,
  most: number,
): [number, Reason] {
  if (desired > current) {
    const fastest = Math.max(furthest(scaleUp, memory, current, now, 1), current);
    if (desired > Math.min(most, fastest)) return most > fastest ? [fastest, UP_LIMIT] : [most, TOO_MANY];
  } else if (desired < current) {
    const fastest = Math.min(furthest(scaleDown, memory, current, now, -1), current);
    if (desired < Math.max(least, fastest)) return least < fastest ? [fastest, DOWN_LIMIT] : [least, TOO_FEW];
  }
  return [desired, WITHIN];
}

/** The size that the rules allow by now, up (1) or down (-1). */
function furthest(
  rules: HPAScalingRules | undefined,
  memory: Memory,
  current: number,
  now: number,
  direction: 1 | -1,
): number {
  if (!rules || rules.selectPolicy === "Disabled") return current;
  const sizes = (rules.policies ?? []).map(({ type, value, periodSeconds }) => {
    const recent = (changes: readonly Change[]) =>
      changes.reduce((total, { by, at }) => total + (at > now - periodSeconds * 1000 ? by : 0), 0);
    const start = current - recent(memory.ups) + recent(memory.downs);
    if (type === "Pods") return start + direction * value;
    const size = start * (1 + (direction * value) / 100);
    // Rounded up, or one pod would never become two; down, or two would never become one.
    return direction > 0 ? Math.ceil(size) : Math.trunc(size);
  });
  const takesMost = (rules.selectPolicy === "Min") === direction < 0;
  return takesMost ? Math.max(...sizes) : Math.min(...sizes);
}
