// Long YAML is read and written on a thread of its own: it takes a hundred times as long as JSON, and everybody else would
// wait for it. The thread lives while it is needed. It refuses to know what the text means.
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Clock, Timer } from "../../base/clock.ts";
import type { YamlIn } from "./yaml-in.ts";
import { YamlError } from "./yaml-events.ts";

/** Reads and writes YAML elsewhere. */
export interface YamlWork {
  /** As yamlIn; rejects with its errors. */
  read(text: string): Promise<YamlIn>;
  /** The YAML of a JSON text. */
  write(json: string): Promise<string>;
  close(): Promise<void>;
}

export type YamlQuestion =
  | { readonly id: number; readonly read: string }
  | { readonly id: number; readonly json: string };

export type YamlReply =
  | { readonly id: number; readonly json: string; readonly duplicates: readonly string[] }
  | { readonly id: number; readonly text: string }
  | { readonly id: number; readonly refused: string };

/** A thread that nobody asks for so long is ended: it holds as much memory as all else of a small server. */
const REST_MS = 30_000;
/** A body has three MiB at most; what is made of it has room. */
const MOST_MIB = 512;

/** Starts its thread with the first question. */
export function yamlThread(clock: Pick<Clock, "after">): YamlWork {
  return new YamlThread(clock);
}

/** As for the store's thread: a worker does not inherit the compile cache. */
function startWorker(): Worker {
  const file = new URL("./yaml-worker.ts", import.meta.url);
  const cache = getCompileCacheDir();
  const options = { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: MOST_MIB } };
  if (cache === undefined) return new Worker(file, options);
  const code = `import { enableCompileCache } from "node:module";
enableCompileCache(${JSON.stringify(dirname(cache))});
await import(${JSON.stringify(file.href)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), options);
}

interface Waiting {
  readonly resolve: (reply: YamlReply) => void;
  readonly reject: (error: Error) => void;
}

class YamlThread implements YamlWork {
  readonly #clock: Pick<Clock, "after">;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #rest: Timer | undefined;
  #last = 0;

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  async read(text: string): Promise<YamlIn> {
    const reply = await this.#ask((id) => ({ id, read: text }));
    if ("refused" in reply) throw new YamlError(reply.refused);
    if (!("json" in reply)) throw new Error("a text that was to be read was written");
    return { value: JSON.parse(reply.json) as unknown, duplicates: reply.duplicates };
  }

  async write(json: string): Promise<string> {
    const reply = await this.#ask((id) => ({ id, json }));
    if (!("text" in reply)) throw new Error("a value that was to be written was read");
    return reply.text;
  }

  async close(): Promise<void> {
    this.#rest?.cancel();
    await this.#worker?.terminate();
  }

  #ask(question: (id: number) => YamlQuestion): Promise<YamlReply> {
    const id = ++this.#last;
    this.#rest?.cancel();
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage(question(id));
    });
  }

  #start(): Worker {
    const worker = startWorker();
    const gone = (why: string) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(new Error(why));
      this.#waiting.clear();
    };
    worker.on("error", (error) => gone(`the thread that reads YAML failed: ${String(error)}`));
    worker.on("exit", () => gone("the thread that reads YAML ended"));
    worker.on("message", (reply: YamlReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) this.#rest = this.#clock.after(REST_MS, () => void worker.terminate());
      waiting?.resolve(reply);
    });
    // It may not keep a process alive that has nothing else to do.
    worker.unref();
    return worker;
  }
}
