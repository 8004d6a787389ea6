// Health checks of load balancers: over a real port, and what becomes of ports that are taken.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import type { Log } from "../base/log.ts";
import { silentLog } from "../base/log.ts";
import { HealthPorts, healthAnswer } from "./health.ts";
import { listenHealth } from "./health-listener.ts";

async function occupied(): Promise<{ port: number; free: () => Promise<unknown> }> {
  const server = createServer().listen(0, "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, free: () => once(server.close(), "close") };
}

describe("health of a service", () => {
  it("is told over HTTP, as long as the service asks for it", async (context) => {
    const { port, free } = await occupied();
    await free();
    const ports = new HealthPorts(listenHealth, silentLog);
    context.after(() => ports.close());
    await ports.keep([["demo/web", { port, localEndpoints: 2 }]]);
    const good = await fetch(`http://127.0.0.1:${port}/healthz`);
    assert.equal(good.status, 200);
    assert.equal(good.headers.get("content-type"), "application/json");
    assert.equal(good.headers.get("x-load-balancing-endpoint-weight"), "2");
    assert.deepEqual(await good.json(), {
      service: { namespace: "demo", name: "web" },
      localEndpoints: 2,
      serviceProxyHealthy: true,
    });
    await ports.keep([["demo/web", { port, localEndpoints: 0 }]]);
    const bad = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(bad.status, 503);
    await bad.body?.cancel();
    await ports.keep([["demo/other", { port, localEndpoints: 1 }]]);
    const other = (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as { service: unknown };
    assert.deepEqual(other.service, { namespace: "demo", name: "other" });
    await ports.close();
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  });
  it("cannot be asked on a port that another holds, which is told once and tried again", async (context) => {
    const { port, free } = await occupied();
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (message) => void errors.push(message) };
    const ports = new HealthPorts(listenHealth, log);
    context.after(() => ports.close());
    const wanted = [["demo/web", { port, localEndpoints: 1 }]] as const;
    await ports.keep(wanted);
    await ports.keep(wanted);
    assert.equal(errors.length, 1);
    await free();
    await ports.keep(wanted);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  });
  it("has the text of kube-proxy", () => {
    assert.equal(
      healthAnswer("demo/web", 0).body,
      '{\n\t"service": {\n\t\t"namespace": "demo",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 0,\n\t"serviceProxyHealthy": true\n}',
    );
  });
});
