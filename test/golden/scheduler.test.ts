// The scheduler's pure core against its stories. Rewrite them with GOLDEN=write, and read the difference as prose.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { play } from "./scheduler/transcript.ts";

const folder = new URL("scheduler/", import.meta.url);

for (const name of readdirSync(folder).filter((one) => one.endsWith(".txt")).sort()) {
  test(`scheduling: ${name.replace(".txt", "").replaceAll("-", " ")}`, () => {
    const file = new URL(name, folder);
    const text = readFileSync(file, "utf8");
    const now = play(text);
    if (process.env["GOLDEN"] === "write") writeFileSync(file, now);
    else assert.equal(now, text);
  });
}
