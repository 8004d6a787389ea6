// A container's log over WebSocket: its bytes as frames, then the end; and what cannot be had.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { systemRandom } from "../../base/random.ts";
import { dialWebSocket } from "../../wire/websocket/connect.ts";
import { issueAuthority } from "../../wire/x509/issue.ts";
import type { NodeServerOptions } from "./request.ts";
import { serveNode } from "./server.ts";

test("a log is sent as frames of bytes or of base64, to who may get it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "logs-"));
  const logPath = join(folder, "0.log");
  writeFileSync(logPath, "2026-01-01T00:00:00Z stdout F container is alive\n");
  const pod = {
    metadata: { name: "p", namespace: "n" },
    spec: { containers: [{ name: "c" }] },
    status: { containerStatuses: [{ name: "c", containerID: "containerd://id", state: { running: {} } }] },
  };
  const verbs: string[] = [];
  const server = await serveNode({
    host: "127.0.0.1",
    port: 20_000 + (process.pid % 10_000),
    tls: await issueAuthority({ commonName: "node", notBefore: 0, notAfter: 4e12 }, systemRandom),
    access: { allows: async (_: unknown, verb: string) => (verbs.push(verb), true) },
    cri: { runtime: { containerStatus: async () => ({ status: { logPath, state: "CONTAINER_RUNNING" } }) } },
    pods: { get: ({ name }: { name: string }) => (name === "p" ? pod : undefined), list: () => [] },
    clock: systemClock,
    log: silentLog,
  } as unknown as NodeServerOptions);
  const read = async (path: string, protocols: readonly string[]): Promise<string> => {
    const url = `wss://127.0.0.1:${server.port}/containerLogs/${path}`;
    const { socket } = await dialWebSocket(url, { protocols, tls: { rejectUnauthorized: false } as object });
    let text = "";
    socket.on("message", (data: Buffer) => (text += data.toString()));
    socket.resume();
    return new Promise((resolve) => socket.once("close", (code: number) => resolve(`${code} ${text}`)));
  };
  try {
    assert.equal(await read("n/p/c", ["binary.k8s.io"]), "1000 container is alive\n");
    const encoded = Buffer.from("container is alive\n").toString("base64");
    assert.equal(await read("n/p/c", ["base64.binary.k8s.io"]), `1000 ${encoded}`);
    assert.deepEqual(verbs, ["get", "get"]);
    await assert.rejects(read("n/other/c", ["binary.k8s.io"]), /404/);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
});
