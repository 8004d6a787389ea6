// Targets that must fail: a parser that throws what it did not promise, one that never ends, one that eats memory.
// They prove that findings are found; they refuse to be in the list of targets.
import assert from "node:assert/strict";
import { only } from "./target.ts";
import type { Target } from "./target.ts";

class CanaryError extends Error {}

/** Forgets that a number may follow `%`, deep enough that only mutation gets there. */
export const canary: Target = {
  name: "canary",
  text: true,
  seeds: () => ["a=1", "b%20c=2"],
  allows: only(CanaryError),
  run(input) {
    const text = input.toString("latin1");
    if (!text.includes("=")) throw new CanaryError("no sign");
    return decodeURIComponent(text.slice(0, text.indexOf("=")));
  },
};

export const sleeper: Target = {
  name: "canary-hang",
  text: true,
  seeds: () => ["go on"],
  allows: only(CanaryError),
  run(input) {
    for (let i = 0; input.length > 5; i++) assert.ok(i >= 0);
  },
};

export const eater: Target = {
  name: "canary-memory",
  text: true,
  seeds: () => ["bread"],
  allows: only(CanaryError),
  run(input) {
    const eaten: unknown[] = [];
    while (input.length > 5) eaten.push(new Array(1e6).fill(eaten.length));
    return String(eaten.length);
  },
};
