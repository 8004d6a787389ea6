// The end of a port: what was asked is answered, and clients are told not to ask again on the same connection.
import assert from "node:assert/strict";
import { Agent, request } from "node:https";
import { test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { systemRandom } from "../../base/random.ts";
import { issue, issueAuthority } from "../../wire/x509/issue.ts";
import { listen } from "./listener.ts";

const CONNECTIONS = 20;

test("requests that nobody has read yet when the server stops are answered", async () => {
  const validity = { notBefore: systemClock.now() - 60_000, notAfter: systemClock.now() + 3_600_000 };
  const ca = await issueAuthority({ commonName: "test", ...validity }, systemRandom);
  const serving = await issue(
    ca,
    { commonName: "server", usages: ["server"], dnsNames: [], ipAddresses: ["127.0.0.1"], ...validity },
    systemRandom,
  );
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    tls: { cert: serving.cert, key: serving.key },
    clock: systemClock,
    log: silentLog,
    handle: (exchange) => exchange.send(200, {}, Buffer.alloc(30_000)),
  });
  const agent = new Agent({ keepAlive: true });
  const ask = () =>
    new Promise<string>((resolve) => {
      const options = { host: "127.0.0.1", port: listener.port, agent, ca: ca.cert };
      request(options, (answer) => answer.resume().on("end", () => resolve(`${answer.headers.connection}`)))
        .on("error", (error: NodeJS.ErrnoException) => resolve(`${error.code}`))
        .end();
    });
  const all = () => Promise.all(Array.from({ length: CONNECTIONS }, ask));
  assert.deepEqual(new Set(await all()), new Set(["keep-alive"]));
  const asked = all();
  // The requests are written, and the loop has not read anything since.
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => process.nextTick(resolve));
  const began = systemClock.monotonic();
  await listener.close(5000);
  assert.deepEqual(new Set(await asked), new Set(["close"]));
  assert.ok(systemClock.monotonic() - began < 4000, "nobody was waited for");
  agent.destroy();
});
