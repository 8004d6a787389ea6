// Transcripts of a pod's life in steps: a script of what happens to it, and below each line what the step made of
// that. It refuses to judge: a person reads the text, a test compares it.
//
// A block is a command, `----`, and the answer. The world between the steps is a few lines: what an action that
// succeeded does to the runtime, and an API that keeps the status as it is reported.
import { load } from "js-yaml";
import type { Pod } from "../../../src/resources/core/pod.ts";
import type { PodStatus } from "../../../src/resources/core/pod/status.ts";
import { formatTime } from "../../../src/base/timestamp.ts";
import { keyOfAction } from "../../../src/kubelet/pod/actions.ts";
import type { Action } from "../../../src/kubelet/pod/actions.ts";
import { containerOf, specHash } from "../../../src/kubelet/pod/containers.ts";
import { firstMemory } from "../../../src/kubelet/pod/memory.ts";
import type { Memory } from "../../../src/kubelet/pod/memory.ts";
import type { News, ObservedContainer, ObservedSandbox, Outcome } from "../../../src/kubelet/pod/observed.ts";
import type { Desired } from "../../../src/kubelet/pod/situation.ts";
import { step } from "../../../src/kubelet/pod/step.ts";
import type { ProbeKind, ProbeResult } from "../../../src/kubelet/probes/state.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const RANK = { Pending: 0, Running: 1, Succeeded: 2, Failed: 2 } as const;

/** Plays the script; answers the same text with the answers as they are now. */
export function play(text: string): string {
  const life = new Life();
  const blocks = text.split(/\n\n+(?=\S)/);
  return `${blocks.map((block) => answered(life, block.trimEnd())).join("\n\n")}\n`;
}

function answered(life: Life, block: string): string {
  const lines = block.split("\n");
  if (lines.every((line) => line.startsWith("#"))) return block;
  const end = lines.indexOf("----");
  const command = end < 0 ? lines : lines.slice(0, end);
  return [...command, "----", ...life.perform(command)].join("\n");
}

interface Mutable<T> {
  value: T;
}

class Life {
  #now = START;
  #pod: Pod = undefined as unknown as Pod;
  #memory: Memory = undefined as unknown as Memory;
  #desired: Partial<Desired> = {};
  #sandboxes: ObservedSandbox[] = [];
  #containers: ObservedContainer[] = [];
  #underWay = new Map<string, Action>();
  #wakeAt: number | undefined;
  #shown = "";
  #ids = 0;
  #probes: Mutable<string> = { value: "" };
  /** Images that the node has; all unless the script says otherwise. */
  #missing = new Set<string>();

  perform(lines: readonly string[]): readonly string[] {
    const [first = ""] = lines;
    const [verb = "", ...words] = first.split(" ");
    const rest = lines.slice(1).join("\n");
    switch (verb) {
      case "pod":
        return this.#create(load(rest) as Pod["spec"]);
      case "ok":
        return this.#settle(words, undefined);
      case "fail":
        return this.#settle(words.slice(0, words.indexOf("as")), words.slice(words.indexOf("as") + 1));
      case "run":
        return this.#run(words);
      case "exit":
        return this.#exit(words);
      case "probe": {
        const [container = "", kind, result, ...output] = words;
        const id = this.#newest(container).id;
        const news: News = { of: "probe", kind: kind as ProbeKind, container, id, result: result as ProbeResult, output: output.join(" ") };
        return this.#step([news]);
      }
      case "objects":
        return this.#step([{ of: "objects" }]);
      case "after":
        return this.#after(Number(words[0]!.replace("s", "")) * 1000);
      case "delete": {
        const grace = Number(words[0]);
        const deletionTimestamp = formatTime(this.#now + grace * 1000);
        const generation = (this.#pod.metadata.generation ?? 1) + (this.#pod.metadata.deletionTimestamp ? 0 : 1);
        this.#pod = { ...this.#pod, metadata: { ...this.#pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: grace, generation } };
        return this.#step([]);
      }
      case "evict":
        this.#desired = { evicted: { reason: "Evicted", message: words.slice(1).join(" "), graceSeconds: Number(words[0]) } };
        return this.#step([]);
      case "reject":
        this.#desired = { rejected: { reason: words[0]!, message: words.slice(1).join(" ") } };
        return this.#step([]);
      case "patch": {
        const spec = this.#pod.spec;
        const containers = spec.containers.map((one) => (one.name === words[0] ? { ...one, image: words[1]! } : one));
        this.#pod = { ...this.#pod, metadata: { ...this.#pod.metadata, generation: (this.#pod.metadata.generation ?? 1) + 1 }, spec: { ...spec, containers } };
        return this.#step([]);
      }
      case "amounts": {
        // `amounts NAME` and below it the container's new resources.
        const resources = load(rest) as NonNullable<Pod["spec"]["containers"][number]["resources"]>;
        const spec = this.#pod.spec;
        const containers = spec.containers.map((one) => (one.name === words[0] ? { ...one, resources } : one));
        this.#pod = { ...this.#pod, metadata: { ...this.#pod.metadata, generation: (this.#pod.metadata.generation ?? 1) + 1 }, spec: { ...spec, containers } };
        return this.#step([]);
      }
      case "room":
        // `room`: there is; `room Deferred MESSAGE`: there is not.
        this.#desired = words.length === 0 ? {} : { resize: { reason: words[0] as "Deferred", message: words.slice(1).join(" ") } };
        return [];
      case "missing":
        this.#missing.add(words[0]!);
        return [];
      case "restart":
        this.#memory = firstMemory(this.#pod, this.#now);
        this.#underWay.clear();
        return this.#step([]);
      case "reboot":
        this.#sandboxes = this.#sandboxes.map((one) => ({ ...one, ready: false }));
        this.#containers = this.#containers.map((one) => (one.state === "exited" ? one : { ...one, state: "exited", exitCode: 255, reason: "Unknown", finishedAt: this.#now }));
        return this.#step([]);
      case "status":
        return JSON.stringify(this.#pod.status, undefined, 1).split("\n");
      default:
        throw new Error(`what is ${first}?`);
    }
  }

  #create(spec: Pod["spec"]): readonly string[] {
    const filled = { restartPolicy: "Always", terminationGracePeriodSeconds: 30, ...spec } as Pod["spec"];
    const withPolicy = (list: Pod["spec"]["containers"] | undefined) =>
      list?.map((one) => ({ image: "busybox:1", imagePullPolicy: "IfNotPresent" as const, ...one }));
    const containers = withPolicy(filled.containers)!;
    const initContainers = withPolicy(filled.initContainers);
    this.#pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "ns", uid: "uid-1", generation: 1 },
      spec: { ...filled, containers, ...(initContainers && { initContainers }) },
      status: {},
    };
    this.#memory = firstMemory(this.#pod, this.#now);
    return this.#step([]);
  }

  #newest(name: string): ObservedContainer {
    const found = this.#containers.find((one) => one.name === name);
    if (!found) throw new Error(`no container ${name} yet`);
    return found;
  }

  #replace(container: ObservedContainer): void {
    this.#containers = this.#containers.map((one) => (one.id === container.id ? container : one));
  }

  #action([verb = "", name]: readonly string[]): Action {
    const found = [...this.#underWay.values()].find((action) => {
      if (action.do !== verb) return false;
      return name === undefined || !("container" in action) || action.container === name;
    });
    if (!found) throw new Error(`${verb} ${name ?? ""} is not under way, but ${[...this.#underWay.keys()].join(", ") || "nothing"}`);
    return found;
  }

  #settle(words: readonly string[], failure: readonly string[] | undefined): readonly string[] {
    const action = this.#action(words);
    this.#underWay.delete(keyOfAction(action));
    if (failure) {
      const [reason = "", ...message] = failure;
      const hook = action.do === "stop" ? { hookFailed: message.join(" ") } : { failed: { reason, message: message.join(" ") } };
      const effect = action.do === "stop" ? this.#effect(action, words) : {};
      return this.#step([{ of: "action", action, ...effect, ...hook }]);
    }
    return this.#step([{ of: "action", action, ...this.#effect(action, words) }]);
  }

  /** What a success does to the runtime. */
  #effect(action: Action, words: readonly string[]): Partial<Outcome> {
    switch (action.do) {
      case "sandbox": {
        const id = `sandbox-${++this.#ids}`;
        this.#sandboxes = [{ id, attempt: action.attempt, ready: true, createdAt: this.#now, ips: [`10.0.0.${this.#ids}`] }, ...this.#sandboxes];
        return { id };
      }
      case "findImage":
        return this.#missing.has(action.image) ? {} : { imageRef: `sha256:${action.image}` };
      case "pull":
        this.#missing.delete(action.image);
        return { imageRef: `sha256:${action.image}`, pulled: { ms: 1200, withWaitingMs: 1500, bytes: 4096 } };
      case "create": {
        const id = `${action.container}-${action.attempt}`;
        const spec = containerOf(this.#pod, action.container)!.spec;
        const made: ObservedContainer = {
          id,
          name: action.container,
          attempt: action.attempt,
          sandboxId: action.sandboxId,
          state: "created",
          startedAt: 0,
          finishedAt: 0,
          exitCode: 0,
          reason: "",
          message: "",
          image: spec.image ?? "",
          imageRef: action.imageRef,
          hash: specHash(spec),
        };
        this.#containers = [made, ...this.#containers];
        return { id };
      }
      case "start":
        this.#replace({ ...this.#newest(action.container), state: "running", startedAt: this.#now });
        return {};
      case "stop": {
        const code = Number(words[2] ?? 0);
        const one = this.#containers.find(({ id }) => id === action.id)!;
        if (one.state === "running") this.#replace({ ...one, state: "exited", exitCode: code, reason: code === 0 ? "Completed" : "Error", finishedAt: this.#now });
        return {};
      }
      case "removeContainer":
        this.#containers = this.#containers.filter(({ id }) => id !== action.id);
        return {};
      case "stopSandbox":
        this.#sandboxes = this.#sandboxes.map((one) => (one.id === action.id ? { ...one, ready: false } : one));
        this.#containers = this.#containers.map((one) =>
          one.sandboxId !== action.id || one.state === "exited" ? one : { ...one, state: "exited", exitCode: 137, reason: "Error", finishedAt: this.#now },
        );
        return {};
      case "removeSandbox":
        this.#sandboxes = this.#sandboxes.filter(({ id }) => id !== action.id);
        this.#containers = this.#containers.filter(({ sandboxId }) => sandboxId !== action.id);
        return {};
      case "deletePod":
        this.#desired = { ...this.#desired, gone: true };
        return {};
      default:
        return {};
    }
  }

  /** Lets every action succeed in its turn until none is under way but those named. */
  #run(except: readonly string[]): readonly string[] {
    const lines: string[] = [];
    for (let turns = 0; turns < 200; turns++) {
      const next = [...this.#underWay.values()].find((action) => !except.includes(action.do));
      if (!next) return lines;
      lines.push(...this.#settle("container" in next ? [next.do, next.container] : [next.do], undefined));
    }
    throw new Error("it does not come to rest");
  }

  #exit([name = "", code = "0", reason, ...message]: readonly string[]): readonly string[] {
    const exitCode = Number(code);
    const ended = { state: "exited" as const, exitCode, finishedAt: this.#now, message: message.join(" ") };
    this.#replace({ ...this.#newest(name), ...ended, reason: reason ?? (exitCode === 0 ? "Completed" : "Error") });
    return this.#step([]);
  }

  #after(ms: number): readonly string[] {
    const lines: string[] = [];
    const until = this.#now + ms;
    for (let turns = 0; this.#wakeAt !== undefined && this.#wakeAt <= until && turns < 100; turns++) {
      this.#now = Math.max(this.#now, this.#wakeAt);
      lines.push(...this.#step([]));
    }
    this.#now = until;
    return lines;
  }

  #step(news: readonly News[]): readonly string[] {
    const node = { name: "node-1", ips: ["192.0.2.1"], runtime: "sim" };
    const observed = { sandboxes: this.#sandboxes, containers: this.#containers, underWay: new Set(this.#underWay.keys()), news };
    const before = JSON.stringify(this.#memory);
    const result = step({ pod: this.#pod, node, ...this.#desired }, observed, this.#memory, this.#now);
    if (JSON.stringify(this.#memory) !== before) throw new Error("the step changed the memory that it was given");
    if (RANK[result.memory.phase] < RANK[this.#memory.phase]) throw new Error(`${this.#memory.phase} became ${result.memory.phase}`);
    this.#memory = result.memory;
    this.#wakeAt = result.wakeAt;
    if (result.status) this.#pod = { ...this.#pod, status: result.status };
    for (const key of result.cancel) this.#underWay.delete(key);
    for (const action of result.actions) this.#underWay.set(keyOfAction(action), action);
    const at = `${((this.#now - START) / 1000).toFixed(1)}s`;
    const lines = [
      ...result.events.map(({ type, reason, message, container }) => `event ${type} ${reason}${container ? ` [${container}]` : ""} ${message}`),
      ...result.cancel.map((key) => `cancel ${key}`),
      ...result.actions.map((action) => `do ${actionText(action)}`),
      ...this.#probeLines(result.probes.map(({ kind, container, id }) => `${kind} ${container}${id.replace(container, "")}`)),
      ...this.#statusLines(result.status),
      ...(result.wakeAt === undefined ? [] : [`wake at ${((result.wakeAt - START) / 1000).toFixed(1)}s`]),
      ...(result.done ? ["done"] : []),
    ];
    return lines.map((line, i) => (i === 0 ? `${at.padEnd(8)}${line}` : `        ${line}`));
  }

  #probeLines(probes: readonly string[]): readonly string[] {
    const text = probes.join(", ");
    if (text === this.#probes.value) return [];
    this.#probes.value = text;
    return [`probes ${text || "none"}`];
  }

  #statusLines(status: PodStatus | undefined): readonly string[] {
    if (!status) return [];
    const lines = statusText(status);
    const text = lines.join("\n");
    if (text === this.#shown) return [];
    this.#shown = text;
    return lines;
  }
}

function actionText(action: Action): string {
  const { do: verb, ...rest } = action;
  const values = Object.entries(rest).map(([name, value]) => (name === "container" || name === "id" ? String(value) : `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`));
  return [verb, ...values].join(" ");
}

/** Only where something is asked for. */
function amountsText({ resources, allocatedResources }: NonNullable<PodStatus["containerStatuses"]>[number]): readonly string[] {
  if (!resources?.requests && !resources?.limits) return [];
  return [`has=${JSON.stringify(resources)}`, `granted=${JSON.stringify(allocatedResources ?? {})}`];
}

function statusText(status: PodStatus): readonly string[] {
  const conditions = (status.conditions ?? [])
    .filter(({ type }) => type !== "PodScheduled")
    .map(({ type, status: value, reason, message }) => `${type}=${value}${reason ? ` ${reason}` : ""}${message ? `: ${message}` : ""}`);
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const stateText = (state: NonNullable<(typeof all)[number]["state"]>) => {
    const { waiting, running, terminated } = state;
    if (waiting) return `waiting ${waiting.reason}${waiting.message ? `: ${waiting.message}` : ""}`;
    if (running) return "running";
    return terminated ? `terminated ${terminated.reason} ${terminated.exitCode}${terminated.message ? `: ${terminated.message}` : ""}` : "";
  };
  const flags = (one: (typeof all)[number]) => [one.ready && "ready", one.started && "started", one.restartCount > 0 && `restarts=${one.restartCount}`];
  return [
    `status ${status.phase}${status.reason ? ` ${status.reason}` : ""}${status.message ? `: ${status.message}` : ""}`,
    ...all.map((one) => {
      const last = one.lastState && Object.keys(one.lastState).length > 0 ? ` (last ${stateText(one.lastState)})` : "";
      return `  ${[one.name, stateText(one.state ?? {}) + last, ...flags(one).filter(Boolean), ...amountsText(one)].join(" ")}`;
    }),
    ...conditions.map((text) => `  ${text}`),
  ];
}
