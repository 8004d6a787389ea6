// Which ends are those of a start that was cut off, in the words of containerd 1.6 and 2.
import { test } from "node:test";
import assert from "node:assert/strict";
import { isBeingUndone, wasCutOff } from "./cut-off.ts";
import type { ObservedContainer } from "./observed.ts";

const ended = (message: string, more: Partial<ObservedContainer> = {}): ObservedContainer =>
  ({
    id: "a",
    state: "exited",
    reason: "StartError",
    exitCode: 128,
    startedAt: 0,
    message,
    ...more,
  }) as ObservedContainer;
const memory = { failures: 0, probes: {} };

test("a caller that went away", () => {
  const texts = [
    "failed to create containerd task: failed to create shim task: context canceled: unknown",
    "failed to create containerd task: failed to start shim: start failed: : signal: killed: unknown",
    'failed to start containerd task "f2": context canceled: unknown',
  ];
  for (const text of texts) assert.ok(wasCutOff(ended(text), memory), text);
  assert.ok(!wasCutOff(ended(texts[0]!), { ...memory, made: "a" }), "this kubelet's own");
  assert.ok(!wasCutOff(ended(texts[0]!, { startedAt: 1 }), memory), "it ran");
  assert.ok(!wasCutOff(ended(texts[0]!, { reason: "Error" }), memory), "it ended by itself");
});

test("a command that is not there", () => {
  const why = 'exec: "context canceled": executable file not found in $PATH: unknown';
  assert.ok(!wasCutOff(ended(`failed to create shim task: OCI runtime create failed: ${why}`), memory));
});

test("a start that is being undone", () => {
  assert.ok(isBeingUndone('failed to set starting state for container "a": container is already in starting state'));
  assert.ok(!isBeingUndone("container is in CONTAINER_EXITED state"));
});
