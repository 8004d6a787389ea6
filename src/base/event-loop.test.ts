// The order of a turn: what a socket holds is read before the action.
import { test } from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterNextPoll } from "./event-loop.ts";

test("what has arrived is read first", { timeout: 10_000 }, async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [[far]] = await Promise.all([once(server, "connection"), once(near, "connect")]);
  const seen: string[] = [];
  near.on("data", (data) => seen.push(String(data)));
  // On the loopback the bytes are with the receiver when the callback of the write comes.
  await new Promise<void>((resolve) => far.end("last words", () => resolve()));
  await new Promise<void>((resolve) =>
    afterNextPoll(() => {
      seen.push("action");
      resolve();
    }),
  );
  assert.deepEqual(seen, ["last words", "action"]);
});
