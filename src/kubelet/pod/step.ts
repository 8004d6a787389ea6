// One step of a pod on its node, as a pure function: what is wanted, what is the case and what is remembered give what
// to do, what to report, what to remember, and when to look again. It refuses to act, to read a clock and to wait.
//
// (sandbox attempt, container attempt, phase) only grows. The same inputs give the same answer: test/golden/pod-step
// holds transcripts of whole lives, in steps.
import type { PodStatus } from "../../resources/core/pod/status.ts";
import { Plan } from "./actions.ts";
import type { Action, PodEvent, WantedProbe } from "./actions.ts";
import { decideEnding, end } from "./ending.ts";
import { learn } from "./learn.ts";
import { copyOf } from "./memory.ts";
import type { Memory } from "./memory.ts";
import { isAlive } from "./observed.ts";
import type { Observed } from "./observed.ts";
import { wantedProbes } from "./probes-verdict.ts";
import { isReplacing } from "./replacing.ts";
import { resize } from "./resize.ts";
import { run } from "./run.ts";
import { situationOf } from "./situation.ts";
import type { Desired } from "./situation.ts";
import { podStatus } from "./status.ts";

export interface Step {
  /** To be begun now, in this order; none of them is under way. */
  readonly actions: readonly Action[];
  /** To be recorded before the actions begin. */
  readonly events: readonly PodEvent[];
  /** All probes that should be running. */
  readonly probes: readonly WantedProbe[];
  /** Keys of actions under way that are no longer of use. */
  readonly cancel: readonly string[];
  /** Absent when the pod is gone from the API, and while what was reported last is to stand. */
  readonly status: PodStatus | undefined;
  readonly memory: Memory;
  /** Another step is due then at the latest, in milliseconds since 1970. */
  readonly wakeAt: number | undefined;
  /** Nothing is left of the pod on this node. */
  readonly done: boolean;
}

export function step(desired: Desired, observed: Observed, previous: Memory, now: number): Step {
  const memory = copyOf(previous);
  const plan = new Plan(observed.underWay);
  const situation = situationOf(desired, observed, memory, now, plan);
  learn(situation);
  adopt(situation.members);
  decideEnding(situation);
  if (!memory.ending) resize(situation);
  if (!memory.ending) run(situation);
  const done = memory.ending ? end(situation) : false;
  const status = desired.gone ? undefined : podStatus(situation);
  const isHeld = isReplacing(situation);
  return {
    actions: plan.actions,
    events: plan.events,
    probes: wantedProbes(situation),
    cancel: memory.ending
      ? [...observed.underWay].filter((key) => /^(volumes|findImage|pull|postStart)/.test(key))
      : [],
    status: isHeld ? undefined : status,
    memory,
    wakeAt: plan.wakeAt,
    done,
  };
}

/** Probes count for the container that runs: one that this kubelet did not start begins its counts anew. */
function adopt(members: ReturnType<typeof situationOf>["members"]): void {
  for (const { memory, current } of members) {
    if (current === undefined || !isAlive(current) || memory.id === current.id) continue;
    memory.id = current.id;
    memory.probes = {};
    delete memory.adopted;
    delete memory.hook;
  }
}
