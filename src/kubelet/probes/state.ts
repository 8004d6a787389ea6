// A probe's verdict out of its results: thresholds and runs of equal results. It refuses to make probes (prober.ts).
import type { Probe } from "../../resources/core/pod/probe.ts";

export type ProbeKind = "startup" | "liveness" | "readiness";

/** `warning` counts as success. `unknown`: the probe could not be made, which says nothing about the container. */
export type ProbeResult = "success" | "failure" | "warning" | "unknown";

export interface ProbeState {
  /** What is held to be so: undefined until a threshold was reached. */
  verdict?: "success" | "failure";
  /** The last result and how often it came in a row. */
  last?: "success" | "failure";
  run: number;
}

export const noResultYet = (): ProbeState => ({ run: 0 });

/** The state after one more result. */
export function withResult(state: ProbeState, result: ProbeResult, probe: Probe): ProbeState {
  if (result === "unknown") return state;
  const now = result === "failure" ? "failure" : "success";
  const run = state.last === now ? state.run + 1 : 1;
  const threshold = now === "failure" ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
  return { ...state, last: now, run, ...(run >= threshold && { verdict: now }) };
}
