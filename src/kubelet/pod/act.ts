// Performs the actions of a step, one call each, through the runtime and the rooms around it. It refuses to decide
// anything: whatever happens becomes an outcome for the next step.
import type { Clock } from "../../base/clock.ts";
import { goQuote } from "../../base/go-quote.ts";
import type { Client } from "../../client/client.ts";
import { Pod } from "../../resources/core/pod.ts";
import { hasReason } from "../../schema/meta/status.ts";
import { LinuxContainerConfig } from "../../wire/cri/container-config.ts";
import type { ContainerConfig } from "../../wire/cri/container-config.ts";
import { GrpcError, isNotFound } from "../../wire/grpc/error.ts";
import type { Cri } from "../cri.ts";
import { ImageError } from "../images/images.ts";
import type { Images } from "../images/images.ts";
import type { PodCgroups } from "../node/cgroups.ts";
import { ANNOTATIONS, LABELS, NotYet } from "../parts.ts";
import type { AnyContainer, PodConfigs, PodVolumes } from "../parts.ts";
import type { Dialer } from "../probes/dialer.ts";
import type { Action } from "./actions.ts";
import { containerOf, specHash } from "./containers.ts";
import { runHook } from "./hooks.ts";
import type { Outcome } from "./observed.ts";
import type { Reporter } from "./report.ts";

export interface ActOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly cri: Cri;
  readonly volumes: PodVolumes;
  readonly cgroups?: PodCgroups | undefined;
  readonly configs: PodConfigs;
  readonly images: Images;
  readonly dialer: Dialer;
  readonly reporter: Reporter;
  /** Names the pod of a sandbox or container that was just made. */
  readonly introduce: (id: string, podUid: string) => void;
}

/** What an action is performed for. */
export interface Place {
  readonly pod: Pod;
  readonly podIPs: readonly string[];
  /** The node's, for pods in its network. */
  readonly hostIP: string;
  /** The running containers of the pod: the runtime's id by name. */
  readonly running: ReadonlyMap<string, string>;
}

/** Time past the grace period that the runtime may take to end a container, in milliseconds. */
const STOP_MARGIN_MS = 120_000;
const CALL_TIMEOUT_MS = 120_000;
const SANDBOX_TIMEOUT_MS = 240_000;
/** What is left for the container itself after its hook, at the least. */
const SHORTEST_GRACE_SECONDS = 2;

type Result = Omit<Outcome, "of" | "action">;
type Of<D extends Action["do"]> = Extract<Action, { readonly do: D }>;

export interface Performer {
  /** Never rejects unless `signal` was aborted. */
  perform(action: Action, place: Place, signal: AbortSignal): Promise<Outcome>;
}

export function performer(options: ActOptions): Performer {
  return {
    async perform(action, place, signal) {
      try {
        return { of: "action", action, ...(await performed(options, action, place, signal)) };
      } catch (error) {
        signal.throwIfAborted();
        return { of: "action", action, failed: failureOf(action, error) };
      }
    },
  };
}

function failureOf(action: Action, error: unknown): { reason: string; message: string } {
  if (error instanceof NotYet || error instanceof ImageError) return { reason: error.reason, message: error.message };
  const plain = error instanceof Error ? error.message : String(error);
  const text = error instanceof GrpcError ? error.text : plain;
  switch (action.do) {
    case "create":
      return { reason: "CreateContainerError", message: plain };
    case "start":
      return { reason: "RunContainerError", message: plain };
    case "volumes":
      return { reason: "FailedMount", message: text };
    case "pull":
      return { reason: "ErrImagePull", message: text };
    case "findImage":
      return { reason: "ImageInspectError", message: text };
    default:
      return { reason: "Failed", message: text };
  }
}

async function performed(options: ActOptions, action: Action, place: Place, signal: AbortSignal): Promise<Result> {
  const { cri, volumes, images } = options;
  const call = { signal, timeoutMs: CALL_TIMEOUT_MS };
  switch (action.do) {
    case "volumes":
      await Promise.all([volumes.prepare(place.pod, signal), options.cgroups?.apply(place.pod)]);
      return {};
    case "sandbox":
      return makeSandbox(options, action, place, signal);
    case "findImage":
      return images.find(action.image, place.pod, signal).then((found) => found ?? {});
    case "pull":
      return images.pull(action.image, place.pod, signal);
    case "create":
      return createContainer(options, action, place, signal);
    case "start":
      await cri.runtime.startContainer({ containerId: action.id }, call);
      return {};
    case "postStart":
      return postStart(options, action, place, signal);
    case "stop":
      return stop(options, action, place, signal);
    case "resize":
      await resize(options, action, place, call);
      return {};
    case "removeContainer":
      await unlessGone(cri.runtime.removeContainer({ containerId: action.id }, call));
      return {};
    case "stopSandbox":
      await unlessGone(cri.runtime.stopPodSandbox({ podSandboxId: action.id }, call));
      return {};
    case "removeSandbox":
      await unlessGone(cri.runtime.removePodSandbox({ podSandboxId: action.id }, call));
      return {};
    case "removeVolumes":
      await Promise.all([volumes.remove(place.pod.metadata.uid!), options.cgroups?.remove(place.pod.metadata.uid!)]);
      return {};
    case "deletePod":
      await deletePod(options, place.pod, signal);
      return {};
  }
}

async function makeSandbox(
  options: ActOptions,
  action: Of<"sandbox">,
  { pod }: Place,
  signal: AbortSignal,
): Promise<Result> {
  const config = await options.configs.sandbox(pod, action.attempt);
  const runtimeHandler = await options.images.runtimeHandler(pod, signal);
  const call = { signal, timeoutMs: SANDBOX_TIMEOUT_MS };
  const { podSandboxId } = await options.cri.runtime.runPodSandbox({ config, runtimeHandler }, call);
  options.introduce(podSandboxId, pod.metadata.uid!);
  return { id: podSandboxId };
}

async function createContainer(
  options: ActOptions,
  action: Of<"create">,
  place: Place,
  signal: AbortSignal,
): Promise<Result> {
  const { pod } = place;
  const found = containerOf(pod, action.container);
  if (!found)
    throw new NotYet("CreateContainerConfigError", `container ${action.container} is not in the pod any more`);
  const { role, spec } = found;
  // A container that is replaced for its new amounts needs room in its group.
  const [sandboxConfig] = await Promise.all([
    options.configs.sandbox(pod, action.sandboxAttempt),
    options.cgroups?.apply(pod),
  ]);
  const podIPs = place.podIPs.length > 0 ? place.podIPs : [place.hostIP].filter((ip) => ip !== "");
  const { attempt, imageRef, volumeImages, sandboxId: podSandboxId } = action;
  const facts = { attempt, podIPs, imageRef, volumeImages, sandbox: sandboxConfig };
  const made = await options.configs.container(pod, spec, facts);
  // By these a kubelet finds its own again: they are written here, whatever the configuration says.
  const labels = { ...made.labels, [LABELS.containerName]: spec.name, [LABELS.containerType]: role };
  const annotations = {
    ...made.annotations,
    [ANNOTATIONS.restartCount]: String(attempt),
    [ANNOTATIONS.specHash]: specHash(spec),
  };
  const config = { ...made, labels, annotations, ...(made.linux && { linux: aimed(made.linux, spec, place) }) };
  const call = { signal, timeoutMs: CALL_TIMEOUT_MS };
  const { containerId } = await options.cri.runtime.createContainer({ podSandboxId, config, sandboxConfig }, call);
  options.introduce(containerId, pod.metadata.uid!);
  return { id: containerId };
}

/** An ephemeral container may want to see the processes of another one: by its id, which only the runtime knows. */
function aimed(linux: NonNullable<ContainerConfig["linux"]>, spec: AnyContainer, { running }: Place): typeof linux {
  if (!("targetContainerName" in spec) || !spec.targetContainerName) return linux;
  const targetId = running.get(spec.targetContainerName);
  if (targetId === undefined) {
    throw new NotYet("CreateContainerError", `unable to find target container ${goQuote(spec.targetContainerName)}`);
  }
  const { securityContext } = linux;
  const before = securityContext?.namespaceOptions;
  const namespaceOptions = { network: "POD", ipc: "POD", ...before, pid: "TARGET", targetId } as const;
  return LinuxContainerConfig.decode(
    LinuxContainerConfig.encode({ ...linux, securityContext: { ...securityContext, namespaceOptions } }),
  );
}

async function postStart(
  options: ActOptions,
  action: Of<"postStart">,
  place: Place,
  signal: AbortSignal,
): Promise<Result> {
  const hook = containerOf(place.pod, action.container)?.spec.lifecycle?.postStart;
  if (hook) await runHook(hook, hookPlace(action, place), options, signal);
  return {};
}

const hookPlace = (action: Of<"postStart"> | Of<"stop">, place: Place) => ({
  pod: place.pod,
  container: containerOf(place.pod, action.container)!.spec,
  containerId: action.id,
  podIP: place.podIPs[0] ?? place.hostIP,
});

/** The hook's time is taken out of the grace period; the container gets what is left. */
async function stop(options: ActOptions, action: Of<"stop">, place: Place, signal: AbortSignal): Promise<Result> {
  const { clock, cri } = options;
  const { graceSeconds } = action;
  const started = clock.monotonic();
  const hook = action.preStop ? containerOf(place.pod, action.container)?.spec.lifecycle?.preStop : undefined;
  const hookFailed = hook && graceSeconds > 0 ? await preStop(options, action, place, signal) : undefined;
  const left = graceSeconds - Math.floor((clock.monotonic() - started) / 1000);
  const timeout = Math.max(left, SHORTEST_GRACE_SECONDS);
  const call = { signal, timeoutMs: timeout * 1000 + STOP_MARGIN_MS };
  await unlessGone(cri.runtime.stopContainer({ containerId: action.id, timeout }, call));
  return hookFailed === undefined ? {} : { hookFailed };
}

/** Answers why the hook did not succeed; one that outlasts the grace period is left behind. */
async function preStop(
  options: ActOptions,
  action: Of<"stop">,
  place: Place,
  signal: AbortSignal,
): Promise<string | undefined> {
  const hook = containerOf(place.pod, action.container)!.spec.lifecycle!.preStop!;
  const late = new AbortController();
  const timer = options.clock.after(action.graceSeconds * 1000, () =>
    late.abort(new Error("the grace period is over")),
  );
  const either = AbortSignal.any([signal, late.signal]);
  try {
    await runHook(hook, hookPlace(action, place), options, either);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  } finally {
    timer.cancel();
  }
}

/** With its last status written first. Another pod of the same name is left alone. */
async function deletePod({ client, reporter }: ActOptions, pod: Pod, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  await reporter.flushed(uid!);
  try {
    await client.delete(Pod, { namespace, name: name! }, { gracePeriodSeconds: 0, preconditions: { uid }, signal });
  } catch (error) {
    if (!hasReason(error, "NotFound", "Conflict")) throw error;
  }
}

/**
 * The group first, so that there is room in it; where the kernel refuses that, a container still has more than the group is
 * to get: then the group follows.
 */
async function resize(
  { cri, cgroups, configs }: ActOptions,
  { containers }: Of<"resize">,
  { pod }: Place,
  call: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<void> {
  await cgroups?.apply(pod).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EINVAL" && error.code !== "EBUSY") throw error;
  });
  for (const { id: containerId, resources } of containers) {
    await cri.runtime.updateContainerResources({ containerId, linux: configs.resources(pod, resources) }, call);
  }
  await cgroups?.apply(pod);
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
