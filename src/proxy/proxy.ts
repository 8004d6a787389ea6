// kube-proxy: follows Services and EndpointSlices and keeps the node's tables in step. It refuses to hold rules of its own: what is
// applied is always compiled from what the caches say.
import type { Clock } from "../base/clock.ts";
import { afterNextPoll } from "../base/event-loop.ts";
import type { Log } from "../base/log.ts";
import { pause, whenAborted } from "../base/pause.ts";
import type { CacheSet } from "../client/cache-set.ts";
import type { Cache } from "../client/cache.ts";
import { keyOf, nameOf } from "../client/client.ts";
import type { Node } from "../resources/core/node.ts";
import { Service } from "../resources/core/service.ts";
import { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import type { UdpFlow } from "../wire/conntrack/conntrack.ts";
import type { Nft } from "../wire/nftables/nft.ts";
import type { TableOptions } from "./chains.ts";
import { staleFlows, wrongFlows } from "./flows.ts";
import { partOf } from "./frontends.ts";
import type { ListenHealth } from "./health.ts";
import { HealthPorts } from "./health.ts";
import { Ledger } from "./ledger.ts";
import { commands, removeTable, wholeTable } from "./text.ts";

export interface ProxyOptions extends TableOptions {
  readonly caches: CacheSet;
  readonly nft: Nft;
  readonly nodeName: string;
  /** Holds this node, whose zone decides which endpoints are near. */
  readonly node: Pick<Cache<Node>, "list" | "listen" | "synced">;
  /** Makes the kernel forget UDP flows; see {@link wrongFlows}. */
  readonly forgetFlow: (flow: UdpFlow) => Promise<void>;
  /** The UDP flows that the kernel remembers as translated. */
  readonly rememberedFlows: () => Promise<readonly UdpFlow[]>;
  readonly listenHealth: ListenHealth;
  readonly clock: Clock;
  readonly log: Log;
}

/** Changes that come within this time are applied together. */
const GATHER_MS = 10;
const RETRY_MS = 1000;
/** So many services are compiled before others get their turn: some milliseconds. */
const SERVICES_AT_ONCE = 200;
const SERVICE_NAME = "kubernetes.io/service-name";
const ZONE = "topology.kubernetes.io/zone";
const HEADLESS = "service.kubernetes.io/headless";

/** Keeps the table in step until `signal` aborts; the table stays, so that services answer while Kaji restarts. */
export async function runProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  const compiler = new Compiler(options, signal);
  await Promise.race([compiler.synced, whenAborted(signal)]);
  const health = new HealthPorts(options.listenHealth, log);
  const flows = new Forgetting(options, signal);
  const wrong: UdpFlow[] = [];
  let isFirst = true;
  let isWhole = true;
  let failures = 0;
  while (!signal.aborted) {
    await compiler.compile(signal);
    const change = compiler.ledger.take();
    if (!isFirst) wrong.push(...wrongFlows(change));
    try {
      const text = isWhole ? wholeTable(compiler.ledger.everything(), options) : commands(change, options);
      const first = text.next();
      if (!first.done) await options.nft.apply(from(first.value, text));
    } catch (error) {
      // Somebody may have changed the table under us, or the program ended: the next attempt writes it whole.
      log.error("rules not applied; the whole table is written next", {
        error: error instanceof Error ? error.message : String(error),
      });
      isWhole = true;
      if (failures++ > 0) await pause(clock, RETRY_MS, signal);
      continue;
    }
    flows.add(wrong.splice(0));
    if (isFirst) void flows.compare(compiler.ledger);
    isFirst = isWhole = false;
    failures = 0;
    await health.keep(compiler.ledger.health());
    await compiler.nextChange(signal);
    await pause(clock, GATHER_MS, signal);
  }
  await health.close();
}

function* from(first: string, rest: Iterable<string>): Generator<string> {
  yield first;
  yield* rest;
}

/** Keeps the ledger in step with the caches; a service is compiled again when it or its slices changed. */
class Compiler {
  readonly ledger = new Ledger();
  readonly synced: Promise<unknown>;
  readonly #services: Cache<Service>;
  readonly #slices: Cache<EndpointSlice>;
  readonly #options: ProxyOptions;
  #dirty = new Set<string>();
  #changed = Promise.withResolvers<void>();
  #zone = "";

  constructor(options: ProxyOptions, signal: AbortSignal) {
    this.#options = options;
    const { caches, node } = options;
    this.#services = caches.of(Service);
    this.#slices = caches.of(EndpointSlice);
    // The DNS of this process has the same index.
    this.#slices.addIndex("service", (slice) => [serviceOf(slice)]);
    const touch = (service: string) => {
      this.#dirty.add(service);
      this.#changed.resolve();
    };
    this.#services.listen(({ object }) => touch(keyOf(object)));
    this.#slices.listen(({ object, old }) => {
      for (const slice of old ? [old, object] : [object]) if (!isHeadless(slice)) touch(serviceOf(slice));
    });
    node.listen(() => {
      const zone = this.#zoneNow();
      if (zone !== this.#zone) for (const service of this.#services.list()) touch(keyOf(service));
    });
    signal.addEventListener("abort", () => this.#changed.resolve(), { once: true });
    this.synced = Promise.all([this.#services.synced, this.#slices.synced, node.synced]);
  }

  /** Resolves as soon as something is to be compiled, or `signal` aborts. */
  nextChange(signal: AbortSignal): Promise<void> {
    if (this.#dirty.size > 0 || signal.aborted) return Promise.resolve();
    this.#changed = Promise.withResolvers<void>();
    return this.#changed.promise;
  }

  async compile(signal: AbortSignal): Promise<void> {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    this.#zone = this.#zoneNow();
    const place = { nodeName: this.#options.nodeName, zone: this.#zone };
    let count = 0;
    for (const key of dirty) {
      const service = this.#services.get(nameOf(key));
      const slices = service ? this.#slices.by("service", key).filter((slice) => !isHeadless(slice)) : [];
      this.ledger.set(key, service && partOf(service, slices, place));
      if (++count % SERVICES_AT_ONCE === 0) await new Promise<void>((resolve) => afterNextPoll(resolve));
      if (signal.aborted) return;
    }
  }

  #zoneNow(): string {
    const [node] = this.#options.node.list();
    return node?.metadata.labels?.[ZONE] ?? "";
  }
}

/** The service that a slice belongs to. */
const serviceOf = ({ metadata: { namespace, labels } }: EndpointSlice): string =>
  `${namespace}/${labels?.[SERVICE_NAME] ?? ""}`;

/** Slices of headless services may be thousands and are nobody's here. */
const isHeadless = ({ metadata }: EndpointSlice): boolean => metadata.labels?.[HEADLESS] !== undefined;

type FlowOptions = Pick<ProxyOptions, "forgetFlow" | "rememberedFlows" | "log">;

/** Forgets one flow after the other beside the rules, which do not wait for it. */
class Forgetting {
  readonly #left: UdpFlow[] = [];
  readonly #options: FlowOptions;
  readonly #signal: AbortSignal;
  #isBusy = false;

  constructor(options: FlowOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** At the start: endpoints may have gone while nobody looked. */
  async compare(ledger: Ledger): Promise<void> {
    try {
      this.add(staleFlows(await this.#options.rememberedFlows(), (key) => ledger.frontend(key)));
    } catch (error) {
      this.#options.log.warn("what the kernel remembers of UDP flows is not known", { error: String(error) });
    }
  }

  add(flows: readonly UdpFlow[]): void {
    this.#left.push(...flows);
    if (!this.#isBusy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    for (let flow = this.#left.shift(); flow && !this.#signal.aborted; flow = this.#left.shift()) {
      try {
        await this.#options.forgetFlow(flow);
      } catch (error) {
        this.#options.log.error("a flow to an endpoint that is gone was not forgotten", { error: String(error) });
      }
    }
    this.#isBusy = false;
  }
}

/** Takes the table away: for `kaji down`. */
export const removeRules = (nft: Nft, table: string): Promise<void> => nft.apply(removeTable(table));
