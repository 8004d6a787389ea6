// Client and server against each other over a Unix socket: every kind of call, every way of ending one.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { systemRandom } from "../../base/random.ts";
import { field, message } from "../protobuf/message.ts";
import { bytes, int32, string } from "../protobuf/scalar.ts";
import { bidiStream, clientStream, serverStream, service, unary } from "../protobuf/service.ts";
import { connectGrpc } from "./client.ts";
import { GrpcError, isNotFound } from "./error.ts";
import { implement, serveGrpc } from "./server.ts";

const Word = message("t.Word", { text: field(1, string), number: field(2, int32), data: field(3, bytes) });
const Echo = service("t.Echo", {
  Say: unary(Word, Word),
  Count: serverStream(Word, Word),
  Join: clientStream(Word, Word),
  Talk: bidiStream(Word, Word),
  Absent: unary(Word, Word),
});

const folder = mkdtempSync(join(tmpdir(), "kaji-grpc-"));
after(() => rmSync(folder, { recursive: true }));
const address = `unix://${folder}/echo.sock`;
const seen = { counted: 0, ended: 0 };

const echo = implement(Echo, {
  async say(request, context) {
    if (request.text === "gone") throw new GrpcError("NotFound", "no such word");
    if (request.text === "bug") throw new TypeError("oops");
    if (request.text === "slow") await systemClock.sleep(10_000, context.signal);
    return { text: `${request.text}/${context.metadata["who"] ?? ""}`, data: request.data };
  },
  async *count(request, context) {
    try {
      for (let number = 0; number < request.number; number++) {
        context.signal.throwIfAborted();
        seen.counted = number + 1;
        yield { number, data: new Uint8Array(1000) };
      }
      if (request.text === "fail") throw new GrpcError("ResourceExhausted", "too many");
    } finally {
      seen.ended++;
    }
  },
  async join(requests) {
    let text = "";
    for await (const request of requests) text += request.text;
    return { text };
  },
  async *talk(requests) {
    for await (const request of requests) yield { text: request.text.toUpperCase() };
  },
});

const serve = () => serveGrpc({ address, services: [echo] });
const connect = () => connectGrpc({ address, clock: systemClock });

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i++) await systemClock.sleep(5);
  assert.ok(what(), String(what));
}

test("unary calls: answers, headers, errors with their codes", async () => {
  await using _server = await serve();
  using connection = connect();
  const client = connection.client(Echo, { who: "me" });
  assert.equal((await client.say({ text: "hi" })).text, "hi/me");
  assert.equal((await client.say({ text: "hi" }, { metadata: { who: "you" } })).text, "hi/you");
  const large = new Uint8Array(5_000_000).fill(3);
  assert.deepEqual((await client.say({ data: large })).data.length, large.length);
  await assert.rejects(client.say({ text: "gone" }), (error) => {
    assert.ok(error instanceof GrpcError && isNotFound(error));
    assert.equal(error.text, "rpc error: code = NotFound desc = no such word");
    return true;
  });
  await assert.rejects(client.say({ text: "bug" }), { name: "GrpcError", code: "Unknown", message: "oops" });
  await assert.rejects(client.absent({}), { code: "Unimplemented" });
  await assert.rejects(client.say({ number: 0.5 }), { name: "ProtobufError" });
});

test("a deadline and a signal end a call", async () => {
  await using _server = await serve();
  using connection = connect();
  const client = connection.client(Echo);
  await assert.rejects(client.say({ text: "slow" }, { timeoutMs: 50 }), { code: "DeadlineExceeded" });
  const controller = new AbortController();
  const call = client.say({ text: "slow" }, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(call, { message: "enough" });
  await assert.rejects(client.say({}, { signal: controller.signal }), { message: "enough" });
});

test("a server stream: all of it, its error, and backpressure until the reader breaks out", async () => {
  await using _server = await serve();
  using connection = connect();
  const client = connection.client(Echo);
  let sum = 0;
  for await (const { number } of client.count({ number: 1000 })) sum += number;
  assert.equal(sum, 499_500);
  const failing = (async () => {
    let count = 0;
    for await (const _ of client.count({ number: 3, text: "fail" })) count++;
    return count;
  })();
  await assert.rejects(failing, { code: "ResourceExhausted", message: "too many" });
  const ended = seen.ended;
  for await (const { number } of client.count({ number: 1_000_000 })) {
    if (number === 10) await systemClock.sleep(100);
    if (number === 20) break;
  }
  assert.ok(seen.counted < 10_000, `the server ran ahead to ${seen.counted}`);
  await until(() => seen.ended === ended + 1);
});

test("streams of requests", async () => {
  await using _server = await serve();
  using connection = connect();
  const client = connection.client(Echo);
  assert.equal((await client.join([{ text: "a" }, { text: "b" }])).text, "ab");
  const spoken: string[] = [];
  async function* words() {
    for (const text of ["x", "y", "z"]) {
      yield { text };
      await until(() => spoken.length > 0);
    }
  }
  for await (const { text } of client.talk(words())) spoken.push(text);
  assert.deepEqual(spoken, ["X", "Y", "Z"]);
  async function* broken() {
    yield { text: "a" };
    throw new RangeError("no more words");
  }
  await assert.rejects(client.join(broken()), { message: "no more words" });
  const talk = (async () => {
    for await (const _ of client.talk(broken()));
  })();
  await assert.rejects(talk, { message: "no more words" });
});

test("the connection comes back when the server does", async () => {
  using connection = connect();
  const client = connection.client(Echo);
  await assert.rejects(client.say({ text: "hi" }), { code: "Unavailable" });
  for (let round = 0; round < 2; round++) {
    await using server = await serve();
    let answered = false;
    const started = systemClock.monotonic();
    while (!answered && systemClock.monotonic() - started < 5000) {
      answered = await client.say({ text: "hi" }).then(
        () => true,
        (error: GrpcError) => (assert.equal(error.code, "Unavailable"), false),
      );
      if (!answered) await systemClock.sleep(20);
    }
    assert.ok(answered, `round ${round}`);
    const waiting = client.say({ text: "slow" });
    void server.close();
    await assert.rejects(waiting, (error) => error instanceof GrpcError);
  }
});

test("a port instead of a socket", async () => {
  await using server = await serveGrpc({ address: "127.0.0.1:0", services: [echo] });
  using connection = connectGrpc({ address: `127.0.0.1:${server.port}`, clock: systemClock });
  assert.equal((await connection.client(Echo).say({ text: "tcp" })).text, "tcp/");
  await assert.rejects(serveGrpc({ address: `127.0.0.1:${server.port}`, services: [] }), { code: "Unavailable" });
});

test("TLS: the server's certificate is checked, and the client's when an authority is given", async () => {
  const { issue, issueAuthority } = await import("../x509/issue.ts");
  const validity = { notBefore: systemClock.now() - 60_000, notAfter: systemClock.now() + 3_600_000 };
  const authority = await issueAuthority({ commonName: "test-ca", ...validity }, systemRandom);
  const names = { commonName: "peer", dnsNames: ["peer.local"], ipAddresses: ["127.0.0.1"] };
  const peer = await issue(authority, { ...names, usages: ["client", "server"], ...validity }, systemRandom);
  const tls = { ...peer, clientCa: authority.cert };
  await using server = await serveGrpc({ address: "127.0.0.1:0", services: [echo], tls });
  const address = `127.0.0.1:${server.port}`;
  using known = connectGrpc({ address, clock: systemClock, tls: { ca: authority.cert, ...peer } });
  assert.equal((await known.client(Echo).say({ text: "tls" })).text, "tls/");
  const named = { ca: authority.cert, ...peer, serverName: "peer.local" };
  using byName = connectGrpc({ address, clock: systemClock, tls: named });
  assert.equal((await byName.client(Echo).say({ text: "tls" })).text, "tls/");
  using nameless = connectGrpc({ address, clock: systemClock, tls: { ca: authority.cert } });
  await assert.rejects(nameless.client(Echo).say({}), { code: "Unavailable" });
  const stranger = await issue(
    authority,
    { ...names, ipAddresses: ["10.0.0.1"], usages: ["server"], ...validity },
    systemRandom,
  );
  await using elsewhere = await serveGrpc({ address: "127.0.0.1:0", services: [echo], tls: stranger });
  using wrongIp = connectGrpc({
    address: `127.0.0.1:${elsewhere.port}`,
    clock: systemClock,
    tls: { ca: authority.cert },
  });
  await assert.rejects(wrongIp.client(Echo).say({}), /certificate is not for 127\.0\.0\.1/);
  using wrongName = connectGrpc({ address, clock: systemClock, tls: { ...named, serverName: "other.local" } });
  await assert.rejects(wrongName.client(Echo).say({}), { code: "Unavailable" });
});
