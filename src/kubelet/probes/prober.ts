// Makes probes: one loop for each that is wanted, on the clock, delivering results. It refuses to judge them
// (state.ts).
import type { Clock } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import { isAbortOf } from "../../base/scope.ts";
import type { Probe } from "../../resources/core/pod/probe.ts";
import { GrpcError } from "../../wire/grpc/error.ts";
import type { Cri } from "../cri.ts";
import type { AnyContainer } from "../parts.ts";
import type { Dialer } from "./dialer.ts";
import { DialError } from "./dialer.ts";
import { httpAction, httpVerdict, portNumber } from "./http.ts";
import type { ProbeResult } from "./state.ts";

export interface ProbeAnswer {
  readonly result: ProbeResult;
  readonly output: string;
}

/** One probe of one container. */
export interface ProbeTarget {
  readonly probe: Probe;
  readonly container: AnyContainer;
  readonly containerId: string;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  readonly podIP: string;
}

export interface ProberTools {
  readonly clock: Clock;
  readonly cri: Cri;
  readonly dialer: Dialer;
}

/** How often a probe that could not be made is tried before that is said. */
const ATTEMPTS = 3;
/** A timeout that comes this much after its time was not the container's fault: our own loop was late. */
const LATE_MS = 250;
const LONGEST_OUTPUT = 10 * 1024;
/** How much longer than the runtime we wait for the end of a command that takes too long. */
const EXEC_MARGIN_MS = 5000;

/** Probes from the initial delay on, every period, until `signal` aborts. */
export async function probeLoop(
  target: ProbeTarget,
  tools: ProberTools,
  deliver: (answer: ProbeAnswer) => void,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = tools;
  const { initialDelaySeconds = 0, periodSeconds = 10 } = target.probe;
  const firstAt = target.startedAt + initialDelaySeconds * 1000;
  try {
    let due = clock.monotonic() + Math.max(0, firstAt - clock.now());
    for (;;) {
      await clock.sleep(Math.max(0, due - clock.monotonic()), signal);
      const answer = await probeOnce(target, tools, signal);
      signal.throwIfAborted();
      if (answer !== undefined) deliver(answer);
      // A probe that took longer than the period is followed by the next at once.
      due = Math.max(due + periodSeconds * 1000, clock.monotonic());
    }
  } catch (error) {
    if (!isAbortOf(signal, error)) throw error;
  }
}

/** The answer, or nothing when it says nothing: it was our own loop that was late. */
async function probeOnce(
  target: ProbeTarget,
  tools: ProberTools,
  signal: AbortSignal,
): Promise<ProbeAnswer | undefined> {
  const timeoutMs = (target.probe.timeoutSeconds ?? 1) * 1000;
  let problem = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const began = tools.clock.monotonic();
    try {
      const { result, output } = await makeProbe(target, timeoutMs, tools, signal);
      return { result, output: output.length > LONGEST_OUTPUT ? output.slice(0, LONGEST_OUTPUT) : output };
    } catch (error) {
      signal.throwIfAborted();
      if (isTimeout(error) && tools.clock.monotonic() - began > timeoutMs + LATE_MS + execMargin(target))
        return undefined;
      if (error instanceof DialError) return { result: "failure", output: error.message };
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  return { result: "unknown", output: problem };
}

const execMargin = ({ probe }: ProbeTarget): number => (probe.exec ? EXEC_MARGIN_MS : 0);

const isTimeout = (error: unknown): boolean => error instanceof DialError && error.timedOut;

async function makeProbe(
  { probe, container, containerId, podIP }: ProbeTarget,
  timeoutMs: number,
  { cri, dialer }: ProberTools,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  if (probe.exec) return execProbe(probe.exec.command ?? [], containerId, timeoutMs, cri, signal);
  if (probe.httpGet) {
    const request = { ...httpAction(probe.httpGet, container, podIP), timeoutMs };
    return httpVerdict(await dialer.http(request, signal));
  }
  if (probe.tcpSocket) {
    const { host, port } = probe.tcpSocket;
    await dialer.tcp(host || podIP, portNumber(port, container), timeoutMs, signal);
    return { result: "success", output: "" };
  }
  if (probe.grpc) {
    const { port, service = "" } = probe.grpc;
    const status = await dialer.grpcHealth({ host: podIP, port, service }, timeoutMs, signal);
    if (status === "SERVING") return { result: "success", output: `service healthy (responded with "${status}")` };
    return { result: "failure", output: `service unhealthy (responded with "${status}")` };
  }
  throw new Error("missing probe handler");
}

async function execProbe(
  command: readonly string[],
  containerId: string,
  timeoutMs: number,
  cri: Cri,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const timeout = Math.ceil(timeoutMs / 1000);
  const call = { signal, timeoutMs: timeoutMs + EXEC_MARGIN_MS };
  try {
    const { exitCode, stdout, stderr } = await cri.runtime.execSync({ containerId, cmd: [...command], timeout }, call);
    const output = Buffer.concat([stdout, stderr]).toString();
    return { result: exitCode === 0 ? "success" : "failure", output };
  } catch (error) {
    if (!(error instanceof GrpcError) || error.code !== "DeadlineExceeded") throw error;
    const text = `command timed out: ${JSON.stringify(command.join(" "))} timed out after ${formatDuration(timeoutMs)}`;
    throw new DialError(text, true);
  }
}
