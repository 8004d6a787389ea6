// Keeps containers' logs from filling the disk: a log that has grown too large is set aside, older ones are packed,
// the oldest go. It refuses to cut a log that is being written: the runtime is asked to begin a new one.
import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { isAbortOf } from "../../base/scope.ts";
import { formatTime } from "../../base/timestamp.ts";
import type { Cri } from "../cri.ts";

export interface LogRotationOptions {
  readonly cri: Cri;
  readonly clock: Clock;
  readonly log: Log;
  /** `…/NS_NAME_UID/CONTAINER/N.log` lies below it. */
  readonly folder: string;
  /** Upstream's defaults if left out: 10 MiB, 5 files with the one that is written. */
  readonly maxBytes?: number;
  readonly maxFiles?: number;
}

const LOOK_MS = 10_000;
const MAX_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 5;

/** Looks until `signal` aborts. */
export async function rotateLogs(options: LogRotationOptions, signal: AbortSignal): Promise<void> {
  try {
    while (!signal.aborted) {
      await options.clock.sleep(LOOK_MS, signal);
      await rotateOnce(options, signal);
    }
  } catch (error) {
    if (!isAbortOf(signal, error)) throw error;
  }
}

/** One round; failures are logged, and tried again in the next. */
export async function rotateOnce(options: LogRotationOptions, signal: AbortSignal): Promise<void> {
  const { folder, log, maxBytes = MAX_BYTES } = options;
  for (const path of await logsBelow(folder)) {
    try {
      const size = (await orGone(stat(path)))?.size ?? 0;
      if (size > maxBytes) await rotate(options, path, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn("a log was not rotated", { path, error: String(error) });
    }
  }
}

async function logsBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pod of (await orGone(readdir(folder))) ?? []) {
    for (const container of (await orGone(readdir(join(folder, pod)))) ?? []) {
      const files = (await orGone(readdir(join(folder, pod, container)))) ?? [];
      found.push(...files.filter((name) => /^\d+\.log$/.test(name)).map((name) => join(folder, pod, container, name)));
    }
  }
  return found;
}

async function rotate(
  { cri, clock, maxFiles = MAX_FILES }: LogRotationOptions,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const containerId = await writerOf(cri, path, signal);
  if (containerId === undefined) return;
  await makeRoom(path, maxFiles - 2);
  const aside = `${path}.${formatTime(clock.now()).replace(/[-:Z]/g, "").replace("T", "-")}`;
  await rename(path, aside);
  try {
    await cri.runtime.reopenContainerLog({ containerId }, { signal });
  } catch (error) {
    // The runtime still writes to the file by its old name's place: it gets that name back.
    await rename(aside, path);
    throw error;
  }
}

/** The running container that writes this file. */
async function writerOf(cri: Cri, path: string, signal: AbortSignal): Promise<string | undefined> {
  const { containers } = await cri.runtime.listContainers(
    { filter: { state: { state: "CONTAINER_RUNNING" } } },
    { signal },
  );
  for (const { id } of containers) {
    const { status } = await cri.runtime.containerStatus({ containerId: id }, { signal });
    if (status?.logPath === path) return id;
  }
  return undefined;
}

/** Packs what was set aside before, and keeps the newest `keep` of it. */
async function makeRoom(path: string, keep: number): Promise<void> {
  const folder = dirname(path);
  const names = (await readdir(folder)).map((name) => join(folder, name)).filter((name) => name.startsWith(`${path}.`));
  for (const name of names.filter((one) => one.endsWith(".tmp"))) await rm(name);
  const kept = names.filter((one) => !one.endsWith(".tmp")).sort();
  const old = kept.slice(0, Math.max(0, kept.length - keep));
  for (const name of old) await rm(name);
  for (const name of kept.slice(old.length)) if (!name.endsWith(".gz")) await pack(name);
}

async function pack(path: string): Promise<void> {
  await pipeline(createReadStream(path), createGzip(), createWriteStream(`${path}.tmp`, { mode: 0o640 }));
  await rename(`${path}.tmp`, `${path}.gz`);
  await rm(path);
}

async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
