// A mailbox: order, what comes while it is read, and its end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Mailbox } from "./mailbox.ts";

test("everything comes out in order, whenever it was posted", async () => {
  const mailbox = new Mailbox<number>();
  const over = new AbortController();
  mailbox.post(1);
  mailbox.post(2);
  const seen: number[] = [];
  for await (const value of mailbox.taken(over.signal)) {
    seen.push(value);
    if (value === 1) mailbox.post(3);
    if (value === 3) queueMicrotask(() => mailbox.post(4));
    if (value === 4) over.abort();
  }
  assert.deepEqual(seen, [1, 2, 3, 4]);
});

test("it ends when told to, read or waiting", async () => {
  const mailbox = new Mailbox<number>();
  const over = new AbortController();
  mailbox.post(1);
  mailbox.post(2);
  const seen: number[] = [];
  for await (const value of mailbox.taken(over.signal)) {
    seen.push(value);
    over.abort();
  }
  assert.deepEqual(seen, [1]);

  const waiting = new AbortController();
  const ended = (async () => {
    for await (const value of new Mailbox<number>().taken(waiting.signal)) assert.fail(`${value}`);
  })();
  waiting.abort();
  await ended;
  for await (const value of mailbox.taken(AbortSignal.abort())) assert.fail(`${value}`);
});
