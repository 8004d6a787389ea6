// Thresholds of probes, and loops that make them in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import type { Probe } from "../../resources/core/pod/probe.ts";
import { simulatedRuntime } from "../runtime/simulated.ts";
import { DialError } from "./dialer.ts";
import type { Dialer } from "./dialer.ts";
import { probeLoop } from "./prober.ts";
import type { ProbeAnswer } from "./prober.ts";
import { noResultYet, withResult } from "./state.ts";
import type { ProbeResult } from "./state.ts";

const probe = (more: Partial<Probe>): Probe =>
  ({ successThreshold: 1, failureThreshold: 3, periodSeconds: 10, timeoutSeconds: 1, ...more }) as Probe;

test("a verdict needs its threshold in a row; an unknown result changes nothing", () => {
  const one = probe({ successThreshold: 2, failureThreshold: 2 });
  const verdicts = (results: readonly ProbeResult[]) => {
    let state = noResultYet();
    return results.map((result) => (state = withResult(state, result, one)).verdict);
  };
  assert.deepEqual(verdicts(["success", "failure", "success", "warning"]), [
    undefined,
    undefined,
    undefined,
    "success",
  ]);
  assert.deepEqual(verdicts(["failure", "unknown", "failure", "success", "success"]), [
    undefined,
    undefined,
    "failure",
    "failure",
    "success",
  ]);
});

interface Bench {
  readonly clock: VirtualClock;
  readonly answers: [at: number, ProbeAnswer][];
}

/** Runs one TCP probe for `ms`; `tcp` answers it. */
async function run(one: Probe, ms: number, tcp: (clock: VirtualClock) => Promise<void>): Promise<Bench> {
  const clock = new VirtualClock(1_000_000);
  const answers: [number, ProbeAnswer][] = [];
  const dialer = { tcp: () => tcp(clock) } as unknown as Dialer;
  const stop = new AbortController();
  const cri = simulatedRuntime({ clock, random: seededRandom(1) });
  const target = {
    probe: one,
    container: { name: "c" },
    containerId: "c-1",
    startedAt: clock.now(),
    podIP: "10.0.0.1",
  } as Parameters<typeof probeLoop>[0];
  const loop = probeLoop(
    target,
    { clock, cri, dialer },
    (answer) => answers.push([clock.monotonic(), answer]),
    stop.signal,
  );
  await clock.advance(ms);
  stop.abort(new Error("enough"));
  await loop;
  return { clock, answers };
}

test("the first probe comes after the initial delay, the others each period", async () => {
  const { answers } = await run(
    probe({ initialDelaySeconds: 3, periodSeconds: 2, tcpSocket: { port: 80 } }),
    8000,
    async () => {},
  );
  assert.deepEqual(
    answers.map(([at]) => at),
    [3000, 5000, 7000],
  );
  assert.ok(answers.every(([, { result }]) => result === "success"));
});

test("a failure is told in the dialer's words; what cannot be made is tried three times", async () => {
  let calls = 0;
  const failing = await run(probe({ tcpSocket: { port: 80 } }), 100, async () => {
    calls++;
    throw new DialError("dial tcp 10.0.0.1:80: connect: connection refused");
  });
  assert.deepEqual(
    [calls, failing.answers],
    [1, [[0, { result: "failure", output: "dial tcp 10.0.0.1:80: connect: connection refused" }]]],
  );
  const { answers } = await run(probe({ tcpSocket: { port: "web" } }), 100, async () => {});
  assert.deepEqual(answers, [[0, { result: "unknown", output: 'port "web" not found' }]]);
});

test("a timeout counts, unless this process was late itself", async () => {
  const after = (ms: number) => async (clock: VirtualClock) => {
    await clock.sleep(ms);
    throw new DialError("i/o timeout", true);
  };
  const slow = await run(probe({ tcpSocket: { port: 80 } }), 5000, after(1000));
  assert.equal(slow.answers.length, 1);
  const late = await run(probe({ tcpSocket: { port: 80 } }), 5000, after(1900));
  assert.deepEqual(late.answers, []);
});
