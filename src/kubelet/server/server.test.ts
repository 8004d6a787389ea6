// The port of a node's server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { systemRandom } from "../../base/random.ts";
import { issueAuthority } from "../../wire/x509/issue.ts";
import type { NodeServerOptions } from "./request.ts";
import { serveNode } from "./server.ts";

test("a port that somebody else has taken is not the end: the next free one is served and told", async () => {
  const tls = await issueAuthority({ commonName: "node", notBefore: 0, notAfter: 4e12 }, systemRandom);
  const other = createServer().listen({ host: "127.0.0.1", port: 0 });
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const said: unknown[] = [];
  const log = { ...silentLog, warn: (_: string, fields?: object) => void said.push(fields) };
  const server = await serveNode({ host: "127.0.0.1", port, tls, log } as unknown as NodeServerOptions);
  try {
    assert.ok(server.port > port && server.port < port + 100);
    assert.deepEqual(said[0], { port });
  } finally {
    await server.close();
    other.close();
  }
});
