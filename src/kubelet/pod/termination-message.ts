// The last words of a container that ended: its own file, or the end of its log. It refuses to open files (a parameter
// does).
import type { ContainerStatus } from "../../wire/cri/container.ts";
import { ANNOTATIONS } from "../parts.ts";

/** The last `bytes` bytes of a file; undefined if there is none. */
export type ReadTail = (path: string, bytes: number) => Promise<Uint8Array | undefined>;

const FILE_BYTES = 4096;
const LOG_BYTES = 2048;
const LOG_LINES = 80;
/** Each line of the log file carries a time, a stream and a tag: this much of the file holds enough of them. */
const LOG_FILE_BYTES = 64 * 1024;

export async function terminationMessage(status: ContainerStatus, readTail: ReadTail): Promise<string> {
  const path = status.annotations[ANNOTATIONS.terminationMessagePath];
  const mount = path && status.mounts.find(({ containerPath }) => containerPath === path);
  const file = mount ? await readTail(mount.hostPath, FILE_BYTES) : undefined;
  const text = file === undefined ? "" : Buffer.from(file).toString();
  if (text !== "" || status.annotations[ANNOTATIONS.terminationMessagePolicy] !== "FallbackToLogsOnError") return text;
  const failed = status.exitCode !== 0 || status.reason === "OOMKilled";
  if (!failed || status.logPath === "") return "";
  const log = await readTail(status.logPath, LOG_FILE_BYTES);
  return log === undefined ? "" : lastLogLines(Buffer.from(log).toString());
}

/** The text of the last lines of a log in the CRI's format, within both limits. */
export function lastLogLines(log: string): string {
  let text = "";
  for (const line of log.split("\n")) {
    const [, , tag, rest = ""] = /^(\S+) (?:stdout|stderr) (F|P)\S* ?(.*)$/.exec(line) ?? [];
    if (tag === undefined) continue;
    text += tag === "F" ? `${rest}\n` : rest;
  }
  const lines = text
    .split("\n")
    .slice(-(LOG_LINES + 1))
    .join("\n");
  const bytes = Buffer.from(lines);
  return bytes.length <= LOG_BYTES ? lines : bytes.subarray(bytes.length - LOG_BYTES).toString();
}
