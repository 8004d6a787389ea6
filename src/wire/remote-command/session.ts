// Kubernetes' remote command (exec and attach) as streams, whatever carries them: wire/spdy or wire/websocket.
// It refuses to run commands and to know a carrier.
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { CommandEnd } from "./exit-status.ts";

/** Which streams a command has. With a terminal there is no stderr of its own, and sizes are sent. */
export interface CommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** Columns and rows. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** The side that asked for the command. Streams that were not asked for are undefined. */
export interface CommandClient {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  resize(size: TerminalSize): void;
  /** How the command ended; rejects when the connection broke before it was said. Read the output beside it. */
  readonly ended: Promise<CommandEnd>;
  /** Gives up. */
  close(): void;
}

/** The side that runs the command. */
export interface CommandServer {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** Calls `onSize` for each size that the client sends, the last one from before the call at once. */
  onResize(onSize: (size: TerminalSize) => void): void;
  /** Resolves when the connection is over, for whatever reason; never rejects. */
  readonly closed: Promise<void>;
  /** Says how the command ended, after all output, and closes. */
  finish(end: CommandEnd): Promise<void>;
}

/**
 * Joins a client's session to a command that runs elsewhere, until it ended or either side broke. Output goes first,
 * the end last. Never rejects: whatever fails becomes what the client is told.
 */
export async function relayCommand(server: CommandServer, command: CommandClient): Promise<void> {
  // Input that nobody reads any more ends with the command: its failure is no failure.
  if (server.stdin && command.stdin) pipeline(server.stdin, command.stdin).catch(() => {});
  server.onResize((size) => command.resize(size));
  void server.closed.then(() => command.close());
  const outputs = [
    command.stdout && server.stdout && pipeline(command.stdout, server.stdout),
    command.stderr && server.stderr && pipeline(command.stderr, server.stderr),
  ];
  const [end] = await Promise.all([
    command.ended.catch((error: Error): CommandEnd => ({ error: error.message })),
    ...outputs.map((output) => output?.catch(() => {})),
  ]);
  await server.finish(end);
}

/** Sizes out of a stream of JSON objects, which may be cut anywhere; what is none is dropped, as upstream does. */
export class SizeReader {
  #rest = "";

  push(text: string): TerminalSize[] {
    this.#rest = (this.#rest + text).slice(-1024);
    const sizes: TerminalSize[] = [];
    for (const match of this.#rest.matchAll(/\{[^{}]*\}/g)) {
      const size = sizeOf(match[0]);
      if (size !== undefined) sizes.push(size);
    }
    this.#rest = this.#rest.slice(this.#rest.lastIndexOf("}") + 1);
    return sizes;
  }
}

function sizeOf(json: string): TerminalSize | undefined {
  let value: { Width?: unknown; Height?: unknown };
  try {
    value = JSON.parse(json) as typeof value;
  } catch {
    return undefined;
  }
  const fits = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0 && (n as number) < 0x10000;
  return fits(value.Width) && fits(value.Height) ? { width: value.Width, height: value.Height } : undefined;
}

/** As it travels. */
export function sizeText(size: TerminalSize): string {
  return `${JSON.stringify({ Width: size.width, Height: size.height })}\n`;
}
