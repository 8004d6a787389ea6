// One of several candidates works, told by a Lease. It refuses to fence: who loses the lease must stop by itself, and does,
// because the work's signal aborts before anyone else may take over.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { formatMicroTime } from "../base/timestamp.ts";
import type { Client } from "../client/client.ts";
import { Lease } from "../resources/coordination/lease.ts";
import { hasReason } from "../schema/meta/status.ts";

export interface ElectionOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly name: string;
  /** Unlike that of any other candidate. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How long others wait after the last renewal before they take over, in seconds: part of the Lease. */
const LEASE_SECONDS = 15;
/** Without a renewal for so long the holder gives up. */
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2000;

/** What was seen of another's lease, and when by our own clock. */
interface Observed {
  readonly trace: string;
  readonly at: number;
}

/**
 * Waits until the lease is ours, then runs `work` until it ends, the lease is lost or `signal` aborts; the lease is given
 * back when possible. Rejects with what `work` threw, or when the lease was lost.
 */
export async function whileLeader(
  options: ElectionOptions,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { clock, random, log, identity } = options;
  let observed: Observed = { trace: "", at: clock.monotonic() };
  for (;;) {
    const tried = await tryAcquire(options, observed);
    if (tried === "held") break;
    observed = tried;
    await clock.sleep(RETRY_MS * (1 + 0.2 * random.float()), signal);
  }
  log.info("became leader", { identity });
  const reign = new AbortController();
  const both = AbortSignal.any([signal, reign.signal]);
  const renewing = renew(options, both).then(
    () => undefined,
    (error: unknown) => reign.abort(error),
  );
  try {
    await work(both);
  } finally {
    const lost = reign.signal.aborted;
    reign.abort(new Error("the work ended"));
    await renewing;
    if (!lost) await release(options);
  }
  signal.throwIfAborted();
  if (reign.signal.reason instanceof LeaseLost) throw reign.signal.reason;
}

export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

async function renew(options: ElectionOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  let renewedAt = clock.monotonic();
  while (!signal.aborted) {
    try {
      await clock.sleep(RETRY_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    const tried = await tryAcquire(options, { trace: "", at: clock.monotonic() });
    if (tried === "held") renewedAt = clock.monotonic();
    else if (clock.monotonic() - renewedAt >= RENEW_DEADLINE_MS) {
      log.error("leader election lost", { identity: options.identity });
      throw new LeaseLost(`the lease ${options.namespace}/${options.name} could not be renewed`);
    }
  }
}

/** Takes or renews the lease where that is allowed. Otherwise tells what was seen, for the next try. */
async function tryAcquire(
  { client, namespace, name, identity, clock, log }: ElectionOptions,
  before: Observed,
): Promise<"held" | Observed> {
  const now = formatMicroTime(clock.now());
  const spec = {
    holderIdentity: identity,
    leaseDurationSeconds: LEASE_SECONDS,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: 0,
  };
  try {
    let lease: Lease;
    try {
      lease = await client.get(Lease, { namespace, name });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      await client.create(Lease, { metadata: { namespace, name }, spec });
      return "held";
    }
    const {
      holderIdentity = "",
      renewTime = "",
      acquireTime,
      leaseTransitions = 0,
      leaseDurationSeconds = LEASE_SECONDS,
    } = lease.spec;
    const mine = holderIdentity === identity;
    const trace = `${holderIdentity}|${renewTime}`;
    const observed = trace === before.trace ? before : { trace, at: clock.monotonic() };
    // The holder's clock is not believed: the lease is over when it did not change for its whole duration.
    if (!mine && holderIdentity !== "" && clock.monotonic() - observed.at < leaseDurationSeconds * 1000)
      return observed;
    const next = mine
      ? { ...spec, ...(acquireTime && { acquireTime }), leaseTransitions }
      : { ...spec, leaseTransitions: leaseTransitions + 1 };
    await client.update(Lease, { ...lease, spec: { ...lease.spec, ...next } });
    return "held";
  } catch (error) {
    log.debug("lease not taken", { lease: `${namespace}/${name}`, error: String(error) });
    return before;
  }
}

/** Lets the next candidate take over at once. Failing is fine: the lease runs out by itself. */
async function release({ client, namespace, name, identity, clock, log }: ElectionOptions): Promise<void> {
  try {
    const lease = await client.get(Lease, { namespace, name });
    if (lease.spec.holderIdentity !== identity) return;
    const now = formatMicroTime(clock.now());
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
    await client.update(Lease, { ...lease, spec });
  } catch (error) {
    log.debug("lease not given back", { lease: `${namespace}/${name}`, error: String(error) });
  }
}
