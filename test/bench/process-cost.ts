// What a running process has cost so far, read from /proc: processor time of all its threads and resident memory.
// It refuses to look into the process.
import { readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second for user space, whatever the kernel's own tick is. */
const TICKS = 100;

/** Seconds of processor time, user and system together. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in parentheses may hold spaces; utime and stime are the 14th and 15th field of all.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** MiB that the process holds in memory. */
export function residentMiB(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1] ?? 0) / 1024;
}
