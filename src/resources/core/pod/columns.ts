// The columns of `kubectl get pods`. It refuses to invent a status: STATUS is one word made of what the pod's status
// says.
import { humanDuration } from "../../../base/duration.ts";
import { parseTime } from "../../../base/timestamp.ts";
import type { Column, RowCondition } from "../../../schema/resource.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { ContainerState } from "./container-status.ts";
import type { Pod } from "./object.ts";
import { condition, isReady, isTerminal } from "./readiness.ts";

const NONE = "<none>";

/** What three of the columns are made of, found in one pass over the statuses. */
interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  /** Milliseconds since the epoch; 0 without a restart. */
  readonly lastRestart: number;
}

class Restarts {
  count = 0;
  last = 0;
  add(status: { readonly restartCount?: number; readonly lastState?: ContainerState | undefined }): void {
    this.count += status.restartCount ?? 0;
    const finished = status.lastState?.terminated?.finishedAt;
    if (finished) this.last = Math.max(this.last, parseTime(finished).ms);
  }
}

/** Why a container ended, in a word. */
function ended({ reason, signal, exitCode }: NonNullable<ContainerState["terminated"]>): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

/** Over the init containers: what the first one that is not done is up to; undefined when all are. */
function initStatus(pod: Pod, sidecars: ReadonlySet<string>): { readonly status?: string; readonly ready: number } {
  let ready = 0;
  for (const [i, { name, state, started, ready: isReady }] of (pod.status.initContainerStatuses ?? []).entries()) {
    if (state?.terminated && !state.terminated.exitCode) continue;
    if (sidecars.has(name) && started) {
      if (isReady) ready++;
      continue;
    }
    if (state?.terminated) return { status: `Init:${ended(state.terminated)}`, ready };
    const waiting = state?.waiting?.reason;
    if (waiting && waiting !== "PodInitializing") return { status: `Init:${waiting}`, ready };
    return { status: `Init:${i}/${pod.spec.initContainers?.length ?? 0}`, ready };
  }
  return { ready };
}

function summary(pod: Pod): Summary {
  const { spec, status } = pod;
  const sidecars = new Set(spec.initContainers?.filter((c) => c.restartPolicy === "Always").map((c) => c.name));
  const init = initStatus(pod, sidecars);
  let { ready } = init;
  let text: string = status.reason || status.phase || "";
  if (condition(pod, "PodScheduled")?.reason === "SchedulingGated") text = "SchedulingGated";
  const restarts = new Restarts();
  const initializing = init.status !== undefined && condition(pod, "Initialized")?.status !== "True";
  if (init.status !== undefined) text = init.status;
  for (const one of status.initContainerStatuses ?? []) if (initializing || sidecars.has(one.name)) restarts.add(one);
  if (!initializing) {
    let running = false;
    for (const one of (status.containerStatuses ?? []).toReversed()) {
      restarts.add(one);
      const { state } = one;
      if (state?.waiting?.reason) text = state.waiting.reason;
      else if (state?.terminated) text = ended(state.terminated);
      else if (one.ready && state?.running) {
        running = true;
        ready++;
      }
    }
    if (text === "Completed" && running) text = isReady(pod) ? "Running" : "NotReady";
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === "NodeLost") text = "Unknown";
    else if (!isTerminal(pod)) text = "Terminating";
  }
  const total = spec.containers.length + sidecars.size;
  return { ready, total, status: text, restarts: restarts.count, lastRestart: restarts.last };
}

/** One summary serves the three columns of a row. */
const summaries = new WeakMap<Pod, Summary>();

function summaryOf(pod: Pod): Summary {
  let found = summaries.get(pod);
  if (!found) summaries.set(pod, (found = summary(pod)));
  return found;
}

/** The STATUS column, for others who show pods. */
export const statusText = (pod: Pod): string => summaryOf(pod).status;

function restartsText(pod: Pod, now: number): string {
  const { restarts, lastRestart } = summaryOf(pod);
  return restarts > 0 && lastRestart > 0 ? `${restarts} (${humanDuration(now - lastRestart)} ago)` : `${restarts}`;
}

function gatesText(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const open = gates.filter(({ conditionType }) => condition(pod, conditionType)?.status === "True");
  return `${open.length}/${gates.length}`;
}

const text = (name: string, doc: string, cell: Column<Pod>["cell"], priority = 0): Column<Pod> => ({
  name,
  type: "string",
  doc,
  cell,
  ...(priority && { priority }),
});

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  text("Ready", "Containers that are ready, of all.", (pod) => `${summaryOf(pod).ready}/${summaryOf(pod).total}`),
  text("Status", "What the pod is up to, in a word.", statusText),
  text("Restarts", "How often containers were started again, and when last.", (pod, { now }) => restartsText(pod, now)),
  ageColumn,
  text("IP", "The pod's address.", ({ status }) => status.podIPs?.[0]?.ip || status.podIP || NONE, 1),
  text("Node", "The node that it is on.", ({ spec }) => spec.nodeName || NONE, 1),
  text("Nominated Node", "The node where room is being made.", ({ status }) => status.nominatedNodeName || NONE, 1),
  text("Readiness Gates", "Conditions that are True, of those demanded.", gatesText, 1),
];

const COMPLETED: Readonly<Record<string, readonly RowCondition[]>> = {
  Succeeded: [
    { type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." },
  ],
  Failed: [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }],
};

/** Rows of pods that are over say so. */
export const podRowConditions = ({ status }: Pod): readonly RowCondition[] => COMPLETED[status.phase ?? ""] ?? [];
