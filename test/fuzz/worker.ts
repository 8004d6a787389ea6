// A thread that runs targets one after the other and reports each. It refuses to outlive an input that does not end:
// it writes each input where the main thread can read it, before it runs it.
import { parentPort, workerData } from "node:worker_threads";
import { keptInputs } from "./corpus.ts";
import type { Lane } from "./lane.ts";
import { runTarget } from "./run.ts";
import { targets } from "./targets/index.ts";
import { canary, eater, sleeper } from "./canary.ts";

const { names, seed, milliseconds, shared } = workerData as Lane;
const header = new Int32Array(shared, 0, 3);
const room = new Uint8Array(shared, header.byteLength);

function begins(input: Buffer): void {
  room.set(input.subarray(0, room.length));
  Atomics.store(header, 1, Math.min(input.length, room.length));
  // The count last: whoever sees it move sees the input of that moment or a later one.
  Atomics.add(header, 0, 1);
}

for (const [i, name] of names.entries()) {
  const target = [...targets, canary, sleeper, eater].find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  Atomics.store(header, 2, i);
  parentPort!.postMessage(await runTarget(target, { seed, milliseconds, corpus: keptInputs(name), begins }));
}
