// The dialler against a server on loopback: whom it trusts, how long it waits, and its words when nobody answers.
import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import { systemRandom } from "../../base/random.ts";
import { issue, issueAuthority } from "../../wire/x509/issue.ts";
import type { KeyPair } from "../../wire/x509/issue.ts";
import { httpsWebhooks } from "./webhook-dialer.ts";

const dial = httpsWebhooks(systemClock);
let server: ReturnType<typeof createServer>;
let authority: KeyPair;

before(async () => {
  const now = systemClock.now();
  const life = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
  authority = await issueAuthority({ commonName: "ca", ...life }, systemRandom);
  const pair = await issue(
    authority,
    { commonName: "w", ...life, dnsNames: ["w.demo.svc"], ipAddresses: ["127.0.0.1"], usages: ["server"] },
    systemRandom,
  );
  server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
    if (request.url?.startsWith("/slow")) return;
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      response.statusCode = request.url?.startsWith("/broken") ? 500 : 200;
      response.end(`${request.headers.host} ${Buffer.concat(pieces).toString()}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const ask = (more: object = {}) =>
  dial({
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    servername: "w.demo.svc",
    path: "/ok",
    ca: authority.cert,
    body: "question",
    timeoutMs: 5000,
    signal: new AbortController().signal,
    ...more,
  });

test("an answer comes from whoever has the right name, or the right address", async () => {
  const { port } = server.address() as AddressInfo;
  assert.deepEqual(await ask(), { status: 200, body: `w.demo.svc:${port} question` });
  assert.equal((await ask({ servername: "127.0.0.1" })).status, 200);
  assert.equal((await ask({ path: "/broken" })).status, 500);
});

test("whoever is not trusted, or has another name, is told in Go's words", async () => {
  await assert.rejects(
    ask({ ca: undefined }),
    /^Error: tls: failed to verify certificate: x509: certificate signed by unk/,
  );
  await assert.rejects(ask({ servername: "other.demo.svc" }), /x509: .*wanted to match other\.demo\.svc$/);
});

test("who does not answer in time, or is not there", async () => {
  await assert.rejects(ask({ path: "/slow", timeoutMs: 50 }), /^Error: context deadline exceeded$/);
  await assert.rejects(ask({ port: 1 }), /^Error: dial tcp 127\.0\.0\.1:1: connect: connection refused$/);
});
