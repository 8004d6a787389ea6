// Lines of the CRI's log format out of pieces, never holding more of a line than is agreed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LineSplitter, parseLogLine } from "./log-lines.ts";

const HEAD = "2026-01-01T00:00:00Z stdout F ";

function split(text: string, pieceBytes: number, mostBytes?: number) {
  const splitter = new LineSplitter(mostBytes);
  const bytes = Buffer.from(text);
  const lines: string[] = [];
  let most = 0;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const line of splitter.push(bytes.subarray(at, at + pieceBytes))) lines.push(line.toString());
    most = Math.max(most, splitter.rest.length);
  }
  return { lines, most, rest: splitter.rest.toString() };
}

test("lines are the same in whatever pieces they come; an unfinished one is kept", () => {
  for (const piece of [1, 7, 1000]) {
    const { lines, rest } = split(`${HEAD}a\n${HEAD}b\n${HEAD}un`, piece);
    assert.deepEqual([lines, rest], [[`${HEAD}a`, `${HEAD}b`], `${HEAD}un`]);
  }
});

test("an endless line is given in parts, and never held", () => {
  const text = "x".repeat(10_000);
  const { lines, most } = split(`${HEAD}${text}\n${HEAD}next\n`, 100, 1000);
  assert.ok(most <= 1000 + 100, `${most} bytes were held`);
  const parsed = lines.map((line) => parseLogLine(Buffer.from(line))!);
  assert.equal(
    parsed
      .slice(0, -1)
      .map((line) => line.text.toString())
      .join(""),
    text,
  );
  assert.deepEqual(
    parsed.map(({ whole }) => whole),
    [...parsed.slice(2).map(() => false), true, true],
  );
  assert.ok(parsed.every(({ time, stream }) => time === "2026-01-01T00:00:00Z" && stream === "stdout"));
});

test("endless bytes that are no line are left out up to their end", () => {
  const { lines, most } = split(`${"\0".repeat(5000)}\n${HEAD}after\n`, 100, 1000);
  assert.deepEqual(lines, [`${HEAD}after`]);
  assert.ok(most <= 1100);
});
