// Which container of the runtime a request means. It refuses in upstream's words when there is none to speak of.
import { StatusError, badRequest, notFound } from "../../schema/meta/status.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ContainerStatus } from "../../resources/core/pod/container-status.ts";

/** The status of a container of the pod, of whatever sort. */
export function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status;
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    (s) => s.name === container,
  );
}

/** `containerd://abc` → `abc`. */
export const bareId = (containerId: string | undefined): string => (containerId ?? "").replace(/^[^:]*:\/\//, "");

/** The id whose log is meant: of the container that runs or ran last, or of the one before (`previous`). */
export function logContainer(pod: Pod, container: string, previous: boolean): string {
  const status = statusOf(pod, container);
  const name = pod.metadata.name ?? "";
  if (!status) throw badRequest(`container "${container}" in pod "${name}" is not available`);
  const { state = {}, lastState = {} } = status;
  const before = bareId(lastState.terminated?.containerID);
  if (previous) {
    if (!before) throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
    return before;
  }
  if (state.running) return bareId(status.containerID);
  const ended = bareId(state.terminated?.containerID);
  if (ended) return ended;
  if (before) return before;
  const reason = state.waiting?.reason ?? state.terminated?.reason ?? "";
  const why =
    reason === "ErrImagePull"
      ? "image can't be pulled"
      : reason === "ImagePullBackOff"
        ? "trying and failing to pull image"
        : reason;
  throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${why}`);
}

/** The id of a container that runs, to enter it. */
export function runningContainer(pod: Pod, container: string): string {
  const status = statusOf(pod, container);
  if (!status?.state?.running)
    throw new StatusError({ code: 404, reason: "NotFound", message: `container not found ("${container}")` });
  return bareId(status.containerID);
}

export const noSuchPod = (name: string) => notFound({ group: "", resource: "pods" }, name);
