// One simulated machine: a runtime whose containers outlive the kubelet, a clock of its own, and the kubelet that
// may be killed and started again. It refuses to know what goes wrong: faults hang their rules in it.
import type { Clock } from "../../src/base/clock.ts";
import type { Log } from "../../src/base/log.ts";
import type { Random } from "../../src/base/random.ts";
import { isAbortOf } from "../../src/base/scope.ts";
import type { Client } from "../../src/client/client.ts";
import type { Cri } from "../../src/kubelet/cri.ts";
import { runKubelet } from "../../src/kubelet/kubelet.ts";
import type { NodeFacts } from "../../src/kubelet/node/facts.ts";
import { simulatedDialer } from "../../src/kubelet/runtime/simulated-dialer.ts";
import { simulatedConfigs, simulatedVolumes } from "../../src/kubelet/runtime/simulated-parts.ts";
import { simulatedRuntime } from "../../src/kubelet/runtime/simulated.ts";
import type { SimulatedRuntime } from "../../src/kubelet/runtime/simulated.ts";
import { machineClock } from "./seams/clock.ts";
import type { MachineClock } from "./seams/clock.ts";
import { throughRules } from "./seams/cri.ts";
import type { CriRule } from "./seams/cri.ts";

export const NODE_CPU_MILLI = 2000;
export const NODE_PODS = 20;

/** A call that reached a runtime, with what stood there at that moment. */
export type OnCriCall = (node: SimNode, name: string, request: Readonly<Record<string, unknown>>) => void;

export interface SimNode {
  readonly name: string;
  readonly runtime: SimulatedRuntime;
  readonly clock: MachineClock;
  readonly criRules: Set<CriRule>;
  /** Images that cannot be had now. */
  readonly missingImages: Set<string>;
  /** Addresses whose probes fail now. */
  readonly deaf: Set<string>;
  readonly alive: boolean;
  /** How often the kubelet was started. */
  readonly starts: number;
  start(): void;
  /** As kill -9: nobody is told, containers go on. */
  kill(): Promise<void>;
}

export interface NodeOptions {
  readonly index: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly clientFor: (name: string) => Client;
  readonly onCall: OnCriCall;
  /** A planted bug between kubelet and runtime; knows how often the kubelet was started. */
  readonly criBug?: ((cri: Cri, starts: () => number) => Cri) | undefined;
}

export function simNode(options: NodeOptions): SimNode {
  const { index, random, log, onCall, criBug = (cri) => cri } = options;
  const name = `node-${index}`;
  const clock = machineClock(options.clock);
  const missingImages = new Set<string>();
  const deaf = new Set<string>();
  const criRules = new Set<CriRule>();
  let addresses = 1;
  const runtime = simulatedRuntime({
    clock,
    random,
    address: () => `10.244.${index}.${addresses++}`,
    pull: (image) =>
      missingImages.has(image)
        ? new Error("failed to resolve reference: unexpected status: 503")
        : 200 + random.below(1800),
  });
  const volumes = simulatedVolumes();
  const configs = simulatedConfigs();
  const answers = (host: string) => runs(runtime, host) && !deaf.has(host);
  const dialer = simulatedDialer(runtime.state, (host) => (answers(host) ? { status: 200, body: "ok" } : undefined));
  const cri = criBug(
    throughRules(runtime, criRules, (call, request) => onCall(node, call, request)),
    () => node.starts,
  );
  let running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  let starts = 0;
  const node: SimNode = {
    name,
    runtime,
    clock,
    criRules,
    missingImages,
    deaf,
    get alive() {
      return running !== undefined;
    },
    get starts() {
      return starts;
    },
    start() {
      if (running) return;
      starts++;
      const stop = new AbortController();
      const client = options.clientFor(name);
      const readTail = (path: string, bytes: number) => runtime.readTail(path, bytes);
      const facts = () => factsOf(index);
      const ended = runKubelet(
        { client, clock, random, log, cri, volumes, configs, dialer, readTail, facts },
        stop.signal,
      ).catch((error: unknown) => {
        if (!isAbortOf(stop.signal, error)) throw error;
      });
      running = { stop, ended };
    },
    async kill() {
      const was = running;
      running = undefined;
      was?.stop.abort(new DOMException("killed", "AbortError"));
      await was?.ended;
    },
  };
  return node;
}

function runs({ state: { sandboxes, containers } }: SimulatedRuntime, host: string): boolean {
  for (const { id, ip, ready } of sandboxes.values()) {
    if (!ready || ip !== host) continue;
    for (const { sandboxId, state } of containers.values())
      if (sandboxId === id && state === "CONTAINER_RUNNING") return true;
  }
  return false;
}

function factsOf(index: number): NodeFacts {
  const size = { cpu: `${NODE_CPU_MILLI}m`, memory: "8Gi", pods: String(NODE_PODS), "ephemeral-storage": "100Gi" };
  return {
    name: `node-${index}`,
    ips: [`192.0.2.${index}`],
    hostname: `node-${index}`,
    os: "linux",
    architecture: "amd64",
    capacity: size,
    allocatable: size,
    machineID: `machine-${index}`,
    systemUUID: `system-${index}`,
    bootID: `boot-${index}`,
    kernelVersion: "6.1.0",
    osImage: "Simulated",
    kubeletVersion: "v1.37.0",
    kubeletPort: 10250,
  };
}
