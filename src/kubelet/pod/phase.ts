// The phase of a pod out of the states of its containers. It refuses to remember: the step sees to it that it only
// grows.
import type { Pod } from "../../resources/core/pod.ts";
import type { ContainerStatus } from "../../resources/core/pod/container-status.ts";
import { isSidecar } from "../../resources/core/pod/requests.ts";
import type { PodPhase } from "./memory.ts";

/** `ended`: the pod has stopped for good, so what has stopped does not come back. */
export function phaseOf(pod: Pick<Pod, "spec">, statuses: readonly ContainerStatus[], ended: boolean): PodPhase {
  const { spec } = pod;
  const statusOf = (name: string) => statuses.find((status) => status.name === name);
  let pendingInit = 0;
  let failedInit = 0;
  let running = 0;
  let waiting = 0;
  for (const container of spec.initContainers ?? []) {
    const { state = {}, lastState, started } = statusOf(container.name) ?? {};
    if (isSidecar(container)) {
      // How a sidecar ended never counts.
      if (state.running) running++;
      if (!started && (state.running || (state.waiting && !lastState?.terminated))) pendingInit++;
      continue;
    }
    const end = state.terminated ?? (state.waiting ? lastState?.terminated : undefined);
    if (end === undefined) pendingInit++;
    else if (end.exitCode !== 0) failedInit++;
  }
  let stopped = 0;
  let succeeded = 0;
  for (const { name } of spec.containers) {
    const { state = {}, lastState } = statusOf(name) ?? {};
    if (state.running) running++;
    else if (state.terminated) {
      stopped++;
      if (state.terminated.exitCode === 0) succeeded++;
    } else if (lastState?.terminated) stopped++;
    else waiting++;
  }
  if (failedInit > 0 && spec.restartPolicy === "Never") return "Failed";
  if (pendingInit > 0 || failedInit > 0 || waiting > 0) return "Pending";
  if (running > 0) return "Running";
  if (ended) return stopped === succeeded ? "Succeeded" : "Failed";
  if (spec.restartPolicy === "Always") return "Running";
  if (stopped === succeeded) return "Succeeded";
  return spec.restartPolicy === "Never" ? "Failed" : "Running";
}
