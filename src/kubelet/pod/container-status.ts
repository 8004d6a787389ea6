// The status of each container: its state now, its last end, its counts. It refuses to look at the pod as a whole.
import { formatTime } from "../../base/timestamp.ts";
import type {
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  VolumeMountStatus,
} from "../../resources/core/pod/container-status.ts";
import type { ObservedContainer } from "./observed.ts";
import { isReady, isStarted } from "./probes-verdict.ts";
import { mayRestart } from "./restart.ts";
import { exitCodeOf } from "./situation.ts";
import type { Member, Situation } from "./situation.ts";
import { needsStart } from "./start-order.ts";

/** Of one role's containers, in the order of the specification. */
export function containerStatuses(
  situation: Situation,
  wanted: (member: Member) => boolean,
): readonly ContainerStatus[] {
  return situation.members.filter(wanted).map((member) => statusOf(situation, member));
}

function reportedOf({ pod }: Situation, { role, name }: Member): ContainerStatus | undefined {
  const { containerStatuses: app, initContainerStatuses: init, ephemeralContainerStatuses: ephemeral } = pod.status;
  const list = role === "app" ? app : role === "ephemeral" ? ephemeral : init;
  return list?.find((one) => one.name === name);
}

function statusOf(situation: Situation, found: Member): ContainerStatus {
  const member = shown(situation, found);
  const { role, spec, current, name } = member;
  const reported = reportedOf(situation, member);
  const states = statesOf(situation, member, reported);
  const { state } = states;
  const { allocated, actual } = member.memory;
  const granted = (allocated ?? spec.resources)?.requests;
  const { limits, requests } = (current === undefined ? allocated : actual) ?? spec.resources ?? {};
  const started = role === "init" ? state.running !== undefined : isStarted(member);
  const seen = current ?? undefined;
  return {
    name,
    ...states,
    ready: role === "init" ? state.terminated?.exitCode === 0 : role !== "ephemeral" && isReady(member),
    restartCount: seen?.attempt ?? reported?.restartCount ?? 0,
    image: (state.waiting === undefined && seen?.image) || spec.image || "",
    imageID: seen?.imageRef ?? (reported?.state?.terminated ? reported.imageID : ""),
    ...(containerIdOf(situation, member, reported) !== undefined && {
      containerID: containerIdOf(situation, member, reported)!,
    }),
    ...(role !== "ephemeral" && { started }),
    ...(granted && Object.keys(granted).length > 0 && { allocatedResources: granted }),
    ...(role !== "ephemeral" && { resources: { ...(limits && { limits }), ...(requests && { requests }) } }),
    ...(spec.volumeMounts?.length && { volumeMounts: spec.volumeMounts.map(mountStatus) }),
    ...(seen?.user && { user: { linux: { ...seen.user } } }),
  };
}

/** One that was made and never started is not shown: what was before it is, until it starts. */
function shown({ observed }: Situation, member: Member): Member {
  const { current, name } = member;
  if (current?.state !== "created") return member;
  const before = observed.containers.find((one) => one.name === name && one.state !== "created");
  return { ...member, current: before };
}

function containerIdOf(
  { desired }: Situation,
  { current }: Member,
  reported: ContainerStatus | undefined,
): string | undefined {
  if (current !== undefined) return `${desired.node.runtime}://${current.id}`;
  return reported?.containerID;
}

function mountStatus(mount: NonNullable<Member["spec"]["volumeMounts"]>[number]): VolumeMountStatus {
  const { name, mountPath, readOnly, recursiveReadOnly } = mount;
  const recursive = recursiveReadOnly === "Enabled" ? "Enabled" : "Disabled";
  return { name, mountPath, ...(readOnly && { readOnly, recursiveReadOnly: recursive }) };
}

interface States {
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
}

function statesOf(situation: Situation, member: Member, reported: ContainerStatus | undefined): States {
  const { memory, current } = member;
  const last = lastStateOf(situation, member, reported);
  if (current === undefined) return withoutContainer(situation, member, reported);
  // Until its post-start hook has ended, a container counts as being made.
  const hooked = memory.hook === "wanted" || memory.hook === "running";
  if (member.running && hooked && memory.id === current.id)
    return { state: { waiting: defaultWaiting(situation) }, ...last };
  if (current.state === "running") return { state: { running: { startedAt: formatTime(current.startedAt) } }, ...last };
  const terminated = terminatedOf(situation, current);
  if (memory.waiting !== undefined && !situation.memory.ending && needsStart(situation, member)) {
    return { state: { waiting: memory.waiting }, lastState: { terminated } };
  }
  // The API takes no running container after one that ended for good: one that is replaced waits in between.
  const again =
    memory.replaced === current.id || (memory.starting !== undefined && memory.starting.attempt > current.attempt);
  if (!situation.memory.ending && again && !mayRestart(situation.pod, member, exitCodeOf(member))) {
    return { state: { waiting: defaultWaiting(situation) }, lastState: { terminated } };
  }
  return { state: { terminated }, ...last };
}

/** Before the first container is made, or when the runtime has forgotten it. */
function withoutContainer(situation: Situation, member: Member, reported: ContainerStatus | undefined): States {
  const { state, lastState } = reported ?? {};
  const last = lastState && Object.keys(lastState).length > 0 ? { lastState } : {};
  if (state?.terminated && !needsStart(situation, member)) return { state, ...last };
  const waiting = member.memory.waiting ?? defaultWaiting(situation);
  if (state?.terminated) return { state: { waiting }, lastState: state };
  if (state?.running) {
    const message = "The container could not be located when the pod was deleted.  The container used to be Running";
    return { state: { waiting }, lastState: { terminated: lost(message) } };
  }
  return { state: { waiting }, ...last };
}

function lastStateOf(
  situation: Situation,
  { name, current }: Member,
  reported: ContainerStatus | undefined,
): Partial<States> {
  const { observed, desired } = situation;
  const before = observed.containers.find((one) => one.name === name && one.attempt < (current?.attempt ?? 0));
  if (before !== undefined) return { lastState: { terminated: terminatedOf(situation, before) } };
  if (reported === undefined || current === undefined) return {};
  if (reported.restartCount < current.attempt && reported.state?.terminated) return { lastState: reported.state };
  const { lastState } = reported;
  // While it was to be started again, the end that is now the state was told as the last one.
  const own = lastState?.terminated?.containerID === `${desired.node.runtime}://${current.id}`;
  return lastState && Object.keys(lastState).length > 0 && !own ? { lastState } : {};
}

export const lost = (message: string): ContainerStateTerminated => ({
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message,
});

/** With init containers every container is said to wait for them, themselves included. */
const defaultWaiting = ({ pod }: Situation) => ({
  reason: pod.spec.initContainers?.length ? "PodInitializing" : "ContainerCreating",
});

const terminatedOf = ({ desired, members }: Situation, container: ObservedContainer): ContainerStateTerminated =>
  terminatedIn(desired.node.runtime, container, members.length);

/** What the messages of all containers of a pod may come to. */
const MESSAGES_BYTES = 12 * 1024;

/** Of a pod's `count` containers none may leave the others without room. */
function withinShare(message: string, count: number): string {
  const share = Math.floor(MESSAGES_BYTES / Math.max(1, count));
  const bytes = Buffer.from(message);
  return bytes.length <= share ? message : bytes.subarray(0, share).toString();
}

function terminatedIn(runtime: string, container: ObservedContainer, count: number): ContainerStateTerminated {
  const { id, state, exitCode, reason, message, startedAt, finishedAt } = container;
  if (state !== "exited") return lost("The container could not be located when the pod was terminated");
  return {
    exitCode,
    reason: reason || (exitCode === 0 ? "Completed" : "Error"),
    ...(message !== "" && { message: withinShare(message, count) }),
    startedAt: formatTime(startedAt),
    finishedAt: formatTime(finishedAt),
    containerID: `${runtime}://${id}`,
  };
}
