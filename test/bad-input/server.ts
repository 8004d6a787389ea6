// An API server as a process of its own, with a bystander who measures how others are served meanwhile. It refuses to
// be kind to it: bad input is the tests' part.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request as httpsRequest } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import type { TLSSocket } from "node:tls";
import { connectionOf, parseKubeconfig } from "../../src/client/kubeconfig.ts";

const KAJI = path.join(import.meta.dirname, "../../bin/kaji");
const START_MS = 60_000;
/** An honest client waits at most this long, on a machine that others use too. */
const MOST_WAIT_MS = 3000;
/** How far the server's memory may rise over a test. */
const MOST_RISE_MIB = 250;

export interface Answer {
  readonly code: number;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What the process has said so far. */
interface Output {
  text: string;
}

interface Started {
  readonly child: ReturnType<typeof spawn>;
  readonly folder: string;
  readonly output: Output;
}

export class BadServer {
  readonly port: number;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly #child: ReturnType<typeof spawn>;
  readonly #folder: string;
  readonly #agent: Agent;
  readonly #output: Output;

  private constructor(started: Pick<BadServer, "port" | "tls"> & Started) {
    this.#child = started.child;
    this.#folder = started.folder;
    this.#output = started.output;
    this.port = started.port;
    this.tls = started.tls;
    const { tls } = started;
    this.#agent = new Agent({ ...tls, keepAlive: true, maxSockets: 4 });
  }

  static async start(): Promise<BadServer> {
    const folder = await mkdtemp(path.join(tmpdir(), "kaji-bad-"));
    const data = path.join(folder, "data");
    const port = await freePort();
    const child = spawn(KAJI, ["apiserver", "--data", data, "--port", String(port)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: Output = { text: "" };
    const ready = Promise.withResolvers<void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output.text += text;
        if (/answers at/.test(output.text)) ready.resolve();
      });
    }
    child.once("exit", () => ready.reject(new Error(`the server ended:\n${output.text}`)));
    const timer = setTimeout(() => ready.reject(new Error(`the server did not start:\n${output.text}`)), START_MS);
    try {
      await ready.promise;
    } catch (error) {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
      throw error;
    } finally {
      clearTimeout(timer);
    }
    const {
      ca = "",
      cert = "",
      key = "",
    } = connectionOf(parseKubeconfig(readFileSync(path.join(data, "kubeconfig"), "utf8")), (file) =>
      readFileSync(file, "utf8"),
    );
    return new BadServer({ child, folder, output, port, tls: { ca, cert, key } });
  }

  /** Resident memory in MiB. */
  get memory(): number {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"));
    return Number(found?.[1]) / 1024;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** One request as an administrator, over HTTP/1.1. */
  ask({ method = "GET", path: url, headers = {}, body }: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        { host: "127.0.0.1", port: this.port, path: url, method, headers, agent: this.#agent },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("end", () =>
            resolve({ code: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
          );
          response.on("error", reject);
        },
      );
      request.setTimeout(60_000, () => request.destroy(new Error(`no answer to ${method} ${url}`)));
      request.on("error", reject);
      request.end(body);
    });
  }

  /** A bare connection; `http2` asks for that protocol. */
  socket(http2 = false): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect(
        { host: "127.0.0.1", port: this.port, ...this.tls, ...(http2 && { ALPNProtocols: ["h2"] }) },
        () => resolve(socket),
      );
      socket.on("error", reject);
      socket.on("error", () => {});
    });
  }

  /**
   * Runs `attack` while a bystander asks, and asserts that it was served in time, that the server lives, that its
   * memory stayed within bounds, and that no request failed by the server's own fault.
   */
  async endures(attack: () => Promise<void>, { rise = MOST_RISE_MIB, wait = MOST_WAIT_MS } = {}): Promise<void> {
    const before = this.memory;
    const failuresBefore = this.#failures();
    const stop = new AbortController();
    const bystander = this.#bystander(stop.signal);
    try {
      await attack();
    } finally {
      stop.abort();
    }
    const { slowest, served } = await bystander;
    assert.ok(this.isAlive, `the server ended:\n${this.#output.text.slice(-2000)}`);
    assert.ok(served > 0 && slowest < wait, `an honest client waited ${Math.round(slowest)} ms`);
    const after = this.memory;
    assert.ok(after - before < rise, `memory went from ${Math.round(before)} to ${Math.round(after)} MiB`);
    assert.deepEqual(this.#failures().slice(failuresBefore.length), [], "no request failed by the server's own fault");
  }

  #failures(): string[] {
    return this.#output.text.split("\n").filter((line) => line.includes("a request failed"));
  }

  async #bystander(signal: AbortSignal): Promise<{ slowest: number; served: number }> {
    let slowest = 0;
    let served = 0;
    do {
      const began = performance.now();
      const { code } = await this.ask({ path: "/api/v1/namespaces/default" });
      assert.equal(code, 200);
      slowest = Math.max(slowest, performance.now() - began);
      served++;
      await sleep(20);
    } while (!signal.aborted);
    return { slowest, served };
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    if (this.isAlive) {
      const gone = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill("SIGTERM");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), 15_000);
      await gone;
      clearTimeout(timer);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The answer is a Status with this code that says something. */
export function assertStatus({ code, body }: Answer, wanted: number, message?: RegExp): void {
  assert.equal(code, wanted, body.slice(0, 500));
  const status = JSON.parse(body) as { kind?: unknown; code?: unknown; message?: unknown };
  assert.equal(status.kind, "Status");
  assert.equal(status.code, wanted);
  assert.ok(typeof status.message === "string" && status.message.length < 200_000);
  if (message !== undefined) assert.match(status.message, message);
}

/** All that a connection still says, until it ends or `ms` have passed. */
export function rest(socket: TLSSocket, ms: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const end = () => {
      clearTimeout(timer);
      resolve(text);
    };
    const timer = setTimeout(end, ms);
    socket
      .on("data", (chunk: Buffer) => (text += chunk.toString("latin1")))
      .on("close", end)
      .on("end", end);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
