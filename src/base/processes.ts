// Processes that outlive the command that started them: starting them detached, finding and ending them again.
// It refuses to signal a process that merely has the same number: each is known by its start time too.
import { spawn } from "node:child_process";
import { openSync, closeSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import type { Clock } from "./clock.ts";
import { writeWhole } from "./whole-file.ts";

/** What is written down about a running process. */
export interface ProcessNote {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks after boot; "" where there is no /proc. */
  readonly startTime: string;
  /** Facts that others want to know: addresses, ports, versions. */
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts a process in a session of its own, its output going to a file: it holds nothing of the caller's. */
export function spawnDetached({ command, args, logFile, env, cwd }: SpawnOptions): {
  readonly pid: number;
  readonly ended: Promise<number>;
} {
  const log = openSync(logFile, "a", 0o600);
  try {
    const child = spawn(command, [...args], {
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, ...env },
      ...(cwd && { cwd }),
    });
    const ended = new Promise<number>((resolve, reject) => {
      child.once("exit", (code, signal) => resolve(code ?? (signal ? 128 : 1)));
      child.once("error", reject);
    });
    child.unref();
    // An unobserved failure to start must not end the caller: whoever waits for readiness sees it.
    ended.catch(() => undefined);
    return { pid: child.pid ?? 0, ended };
  } finally {
    closeSync(log);
  }
}

function startTimeIn(stat: string): string | undefined {
  // The name in brackets may hold anything, spaces and brackets too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

/** The start time of a process, or undefined when there is none (a zombie counts as none). */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  try {
    return startTimeIn(await readFile(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "ESRCH")
      return undefined;
    throw error;
  }
}

/** Whether the process that a note speaks of still runs. A look at /proc that waits for nothing, for who looks often. */
export function isRunning({ pid, startTime }: ProcessNote): boolean {
  try {
    return startTimeIn(readFileSync(`/proc/${pid}/stat`, "latin1")) === startTime;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "ESRCH")
      return false;
    throw error;
  }
}

/** Writes a note about this or another process. */
export async function writeNote(path: string, pid: number, facts: ProcessNote["facts"]): Promise<void> {
  const note: ProcessNote = { pid, startTime: (await startTimeOf(pid)) ?? "", facts };
  await writeWhole(path, `${JSON.stringify(note)}\n`);
}

/** The note, if the process it speaks of still runs. */
export async function readNote(path: string): Promise<ProcessNote | undefined> {
  let note: ProcessNote;
  try {
    note = JSON.parse(await readFile(path, "utf8")) as ProcessNote;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const startTime = await startTimeOf(note.pid);
  return startTime !== undefined && startTime === note.startTime ? note : undefined;
}

/** Ends a noted process: SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone and its note removed. */
export async function endNoted(path: string, clock: Clock, graceMs = 10_000): Promise<boolean> {
  const note = await readNote(path);
  if (note) {
    signalIfThere(note.pid, "SIGTERM");
    const deadline = clock.monotonic() + graceMs;
    let killed = false;
    while ((await startTimeOf(note.pid)) === note.startTime) {
      if (!killed && clock.monotonic() > deadline) {
        signalIfThere(note.pid, "SIGKILL");
        killed = true;
      }
      await waitAlive(clock, 20);
    }
  }
  await rm(path, { force: true });
  return note !== undefined;
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Sleeps while keeping this process alive, which Clock timers do not. */
export async function waitAlive(clock: Clock, ms: number): Promise<void> {
  const release = keepAlive();
  try {
    await clock.sleep(ms);
  } finally {
    release();
  }
}

/** Keeps the process alive until the returned function is called: a foreground program has nothing else to hold it. */
export function keepAlive(): () => void {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => undefined;
  return () => channel.port1.close();
}
