// What every simulated cluster has from its first moment: made once in each thread, as the commits that the store of any
// seed begins with. It refuses to differ between seeds: neither their chance nor their faults reach it.
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { isAbortOf } from "../../src/base/scope.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import { prepareCluster, standardServer, upkeep } from "../../src/apiserver/standard.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Commit } from "../../src/store/store.ts";
import { transparentSigner } from "./seams/signer.ts";
import { storeOfLife } from "./seams/store.ts";

/** What the server's own loops make of the first objects is done by then. */
const UPKEEP_MS = 2000;

const made = new Map<number, Promise<readonly Commit[]>>();

/** The commits of a server that starts at this time on an empty store, in order. They are shared: never written to. */
export function firstCommits(startMs: number): Promise<readonly Commit[]> {
  let commits = made.get(startMs);
  if (commits === undefined) made.set(startMs, (commits = recorded(startMs)));
  return commits;
}

async function recorded(startMs: number): Promise<readonly Commit[]> {
  const clock = new VirtualClock(startMs);
  const commits: Commit[] = [];
  const recorder = { done: (commit: Commit) => void commits.push(commit) };
  const store = storeOfLife(memoryStore({ clock }), new Set([recorder]), () => true);
  const server = await standardServer({
    store,
    clock,
    random: seededRandom(1),
    log: silentLog,
    serviceCidrs: ["10.96.0.0/16"],
    signer: transparentSigner,
  });
  const stop = new AbortController();
  const keeping = upkeep({ server, store, clock, log: silentLog }, stop.signal).catch((error: unknown) => {
    if (!isAbortOf(stop.signal, error)) throw error;
  });
  await prepareCluster({ server, log: silentLog });
  await clock.advance(UPKEEP_MS);
  stop.abort();
  await keeping;
  await server.close(0);
  return commits;
}
