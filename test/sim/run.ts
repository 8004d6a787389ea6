// One run from one seed: the cluster starts, people act, things break, the faults end, all comes to rest; every
// invariant is asked all the while. It refuses to touch the machine's time: the whole run is microtasks of one turn
// of the event loop.
import type { Log, LogFields } from "../../src/base/log.ts";
import { silentLog } from "../../src/base/log.ts";
import type { Random } from "../../src/base/random.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import { simCluster } from "./cluster.ts";
import type { Cluster, Plants } from "./cluster.ts";
import type { Fault } from "./faults/fault.ts";
import { faults } from "./faults/index.ts";
import { invariants } from "./invariants/index.ts";
import type { Finding, Judge } from "./invariants/invariant.ts";
import { controllerOf } from "./invariants/pods.ts";
import { Journal } from "./journal.ts";
import { MachineWatch } from "./machine-watch.ts";
import type { KubeObject } from "../../src/schema/resource.ts";
import type { Request } from "./seams/client.ts";
import type { Fact } from "./truth.ts";
import { actAtRandom, tidyUp } from "./workload.ts";
import { between, chance, emptyLedger, pick } from "./world.ts";
import type { World } from "./world.ts";

export interface RunOptions {
  readonly seed: number;
  readonly plants?: Plants;
  /** Each line of the journal as it is written. */
  readonly onLine?: (line: string) => void;
  /** Each change as it becomes durable. */
  readonly onFact?: (fact: Fact) => void;
  /** Components' log lines join the journal; they never change its hash's meaning, only its length. */
  readonly chatty?: boolean;
}

export interface Report {
  readonly seed: number;
  readonly hash: string;
  /** The first broken invariant. */
  readonly violation:
    | { readonly invariant: string; readonly what: string; readonly step: number; readonly atMs: number }
    | undefined;
  /** Faults that took effect, in order, and how often each part of them did. */
  readonly faults: readonly string[];
  readonly hits: ReadonlyMap<string, number>;
  readonly steps: number;
  readonly writes: number;
  readonly virtualMs: number;
  /** How long the rest took to come after the faults. */
  readonly settledMs: number | undefined;
  readonly lastLines: readonly string[];
}

const START_MS = Date.UTC(2026, 0, 1);
const WARM_UP_MS = 4000;
const MIN_FAULTS = 20;
const MIN_STEPS = 40;
/** A crash loop or two back off for a minute; what takes longer was rescued by some deadline, or nobody works at it. */
const CONVERGES_WITHIN_MS = 3 * 60_000;
const MOST_CALLS_AT_ONCE = 8000;
const LINES = 60;

/** Runs one seed to its end or to the first broken invariant. */
export async function run(options: RunOptions): Promise<Report> {
  const clock = new VirtualClock(START_MS);
  const journal = new Journal(() => clock.now());
  journal.onLine = options.onLine;
  const machine = new MachineWatch();
  const { stackTraceLimit } = Error;
  // Calls fail by the hundred here, as they are meant to; where they did is told by a run that is watched.
  if (!options.chatty) Error.stackTraceLimit = 1;
  const play = new Play(options, clock, journal);
  try {
    await play.go();
    await play.close();
    const touched = machine.touched();
    if (touched !== undefined) play.violated("virtual time", touched);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    machine.close();
  }
  return play.report();
}

class Play {
  readonly #options: RunOptions;
  readonly #clock: VirtualClock;
  readonly #journal: Journal;
  readonly #ledger = emptyLedger();
  readonly #hits = new Map<string, number>();
  readonly #begun: string[] = [];
  readonly #judges: { readonly name: string; readonly judge: Judge }[] = [];
  #cluster: Cluster | undefined;
  #violation: Report["violation"];
  #step = 0;
  #writes = 0;
  #settledMs: number | undefined;
  #instant = 0;
  #callsNow = 0;

  constructor(options: RunOptions, clock: VirtualClock, journal: Journal) {
    this.#options = options;
    this.#clock = clock;
    this.#journal = journal;
  }

  async go(): Promise<void> {
    const world = await this.#build();
    const { cluster } = world;
    await cluster.controllers.start();
    await cluster.scheduler.start();
    for (const node of cluster.nodes) node.start();
    await this.#advance(WARM_UP_MS);
    await this.#chaos(world, cluster.random("steps"), cluster.random("user"));
    if (this.#violation === undefined) await this.#rest(world);
  }

  violated(invariant: string, what: string): void {
    if (this.#violation !== undefined) return;
    this.#violation = { invariant, what, step: this.#step, atMs: this.#clock.monotonic() };
    this.#journal.note(`VIOLATION of ${invariant}: ${what}`);
  }

  report(): Report {
    return {
      seed: this.#options.seed,
      hash: this.#journal.hash,
      violation: this.#violation,
      faults: this.#begun,
      hits: this.#hits,
      steps: this.#step,
      writes: this.#writes,
      virtualMs: this.#clock.monotonic(),
      settledMs: this.#settledMs,
      lastLines: this.#journal.last(LINES),
    };
  }

  /** After a broken invariant nothing may be relied on to end by itself. */
  async close(): Promise<void> {
    const closed = this.#cluster?.close();
    if (this.#violation === undefined) await closed;
  }

  /** More calls within one instant than any work needs: somebody goes round in circles without waiting. */
  #passes(who: string, what: string): boolean {
    if (this.#violation !== undefined) return false;
    const now = this.#clock.now();
    if (now !== this.#instant) {
      this.#instant = now;
      this.#callsNow = 0;
    }
    if (++this.#callsNow <= MOST_CALLS_AT_ONCE) return true;
    this.violated(
      "no hot loop",
      `${this.#callsNow} calls and events without a moment passing, the last: ${what} by ${who}`,
    );
    return false;
  }

  async #build(): Promise<World> {
    const { seed, plants = {}, chatty = false } = this.#options;
    const judged = (ask: (judge: Judge) => Finding) => this.#ask(ask);
    const cluster = await simCluster({
      seed,
      clock: this.#clock,
      journal: this.#journal,
      log: chatty ? journalLog(this.#journal, {}) : silentLog,
      plants,
      onCriCall: (node, name, request) => judged((judge) => judge.onCriCall?.(node, name, request)),
    });
    this.#cluster = cluster;
    const world: World = {
      cluster,
      journal: this.#journal,
      random: cluster.random("faults"),
      ledger: this.#ledger,
      hit: (fault) => void this.#hits.set(fault, (this.#hits.get(fault) ?? 0) + 1),
      violated: (invariant, what) => this.violated(invariant, what),
    };
    cluster.truth.listen((facts) => {
      this.#writes++;
      for (const fact of facts) {
        this.#options.onFact?.(fact);
        const { revision, key, isCreation, isDeletion, cause } = fact;
        this.#journal.note(
          `${revision} ${isDeletion ? "DELETED" : isCreation ? "CREATED" : "changed"} ${key} by ${cause.user.replace("system:serviceaccount:kube-system:", "")}`,
        );
        judged((judge) => judge.onFact?.(fact));
      }
    });
    cluster.line.onAcknowledged = (request, answer) => judged((judge) => judge.onAcknowledged?.(request, answer));
    cluster.line.passes = (who, what) => this.#passes(who, what);
    cluster.line.onLost = (request) => this.#lost(request);
    for (const invariant of invariants) this.#judges.push({ name: invariant.name, judge: invariant.judge(world) });
    return world;
  }

  #lost({ who, verb, resource, name, subresource, object }: Request): void {
    const { ledger } = { ledger: this.#ledger };
    this.#journal.note(
      `lost the answer to ${verb} ${resource.plural} ${name.namespace ?? ""}/${name.name} ${subresource ?? ""} of ${who}`,
    );
    if (verb === "create" && resource.plural === "pods") {
      const uid = controllerOf(object as KubeObject)?.uid ?? "";
      ledger.lostCreates.set(uid, (ledger.lostCreates.get(uid) ?? 0) + 1);
    }
    if (subresource === "binding") ledger.lostBindings.add(`${name.namespace}/${name.name}`);
  }

  #ask(ask: (judge: Judge) => Finding): void {
    if (this.#violation !== undefined) return;
    for (const { name, judge } of this.#judges) {
      const found = ask(judge);
      if (found !== undefined) return this.violated(name, found);
    }
  }

  async #advance(ms: number): Promise<void> {
    await this.#clock.runUntil(() => this.#violation !== undefined, ms);
    this.#step++;
    this.#ask((judge) => judge.onStep?.());
  }

  /** People act and things break until enough has been broken. */
  async #chaos(world: World, steps: Random, hands: Random): Promise<void> {
    const running: { readonly name: string; readonly until: number; end(): void | Promise<void> }[] = [];
    const counted = () => new Set(this.#begun).size > 0 && this.#begun.length >= MIN_FAULTS;
    for (let i = 0; (i < MIN_STEPS || !counted()) && this.#violation === undefined && i < 4 * MIN_STEPS; i++) {
      await this.#advance(between(steps, 1, 1200));
      if (chance(steps, 0.7)) actAtRandom(world, hands);
      for (const one of running.splice(0).filter((fault) => fault.until > this.#clock.now() || !this.#end(fault)))
        running.push(one);
      if (running.length < 6 && chance(steps, 0.8)) {
        const begun = this.#begin(world, pick(steps, faults), steps);
        if (begun) running.push(begun);
      }
    }
    for (const one of running) this.#end(one);
  }

  #begin(world: World, fault: Fault, random: Random) {
    if (this.#hits.has(fault.name) && chance(random, 0.3)) return undefined;
    const before = this.#hits.get(fault.name) ?? 0;
    const end = fault.begin(world);
    if (!end) return undefined;
    this.#journal.note(`fault begins: ${fault.name}`);
    const until = this.#clock.now() + between(random, Math.ceil(fault.lastsMs / 4), fault.lastsMs + 1);
    return {
      name: fault.name,
      until,
      end: () => {
        if ((this.#hits.get(fault.name) ?? 0) > before) this.#begun.push(fault.name);
        return end();
      },
    };
  }

  #end(fault: { readonly name: string; end(): void | Promise<void> }): true {
    this.#journal.note(`fault ends: ${fault.name}`);
    void Promise.resolve(fault.end()).catch((error: unknown) =>
      this.violated("errors", `ending ${fault.name}: ${String(error)}`),
    );
    return true;
  }

  /** Nothing breaks any more: everything must become as it was asked for, and then stay. */
  async #rest(world: World): Promise<void> {
    const start = this.#clock.monotonic();
    this.#ledger.calmSince = this.#clock.now();
    this.#journal.note("the faults end");
    await this.#advance(8000);
    void tidyUp(world).catch((error: unknown) => this.violated("errors", `tidying up: ${String(error)}`));
    let left = this.#unsettled();
    for (let waits = 250; left !== undefined && this.#violation === undefined; waits = Math.min(waits * 1.3, 8000)) {
      if (this.#clock.monotonic() - start > CONVERGES_WITHIN_MS) return this.violated(left.name, left.what);
      await this.#advance(Math.round(waits));
      left = this.#unsettled();
    }
    if (this.#violation !== undefined) return;
    this.#settledMs = this.#clock.monotonic() - start;
    this.#journal.note("all is at rest");
    await this.#stays();
  }

  /** A cluster at rest writes heartbeats and nothing else. */
  async #stays(): Promise<void> {
    const { truth } = this.#cluster!;
    const writes: string[] = [];
    let listening = false;
    truth.listen((facts) => {
      if (listening) for (const fact of facts) if (!isHeartbeat(fact)) writes.push(`${fact.key} by ${fact.cause.user}`);
    });
    // What was just told may still be told on.
    await this.#advance(11_000);
    listening = true;
    await this.#advance(15_000);
    listening = false;
    if (writes.length > 0)
      this.violated("rest", `${writes.length} writes in 15 s of rest: ${writes.slice(0, 5).join(", ")}`);
    const left = this.#unsettled();
    if (left !== undefined) this.violated("rest", `settled, and then: ${left.what}`);
  }

  #unsettled(): { readonly name: string; readonly what: string } | undefined {
    for (const { name, judge } of this.#judges) {
      const what = judge.unsettled?.();
      if (what !== undefined) return { name, what };
    }
    return undefined;
  }
}

/** What a cluster at rest goes on saying. A node reports its status every five minutes, changed or not. */
function isHeartbeat(fact: Fact): boolean {
  const { kind } = fact;
  if (kind === "coordination.k8s.io/leases" || kind === "core/events") return true;
  const { object, old } = fact;
  return kind === "core/nodes" && object !== undefined && old !== undefined && steady(object) === steady(old);
}

/** An object as text, without the times of heartbeats and of who wrote when. */
function steady(object: KubeObject): string {
  return JSON.stringify(
    { ...object, metadata: { ...object.metadata, managedFields: undefined } },
    (key, value: unknown) => (key === "lastHeartbeatTime" ? undefined : value),
  );
}

/** The components' own words, in the journal. */
function journalLog(journal: Journal, bound: LogFields): Log {
  const say =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      journal.note(`${level} ${message} ${JSON.stringify({ ...bound, ...fields }).slice(0, 400)}`);
  return {
    debug: say("debug"),
    info: say("info"),
    warn: say("warn"),
    error: say("error"),
    with: (fields) => journalLog(journal, { ...bound, ...fields }),
  };
}
