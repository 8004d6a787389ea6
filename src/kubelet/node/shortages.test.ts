// Whom a node that is short sends away first, and what it says of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../base/virtual-clock.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { Shortages, evictionMessage, firstToGo } from "./shortages.ts";
import type { Candidate, Shortage } from "./shortages.ts";

const MI = 1024 ** 2;
const short: Shortage = { resource: "memory", threshold: 100 * MI, available: 63 * MI + 4096 };

function candidate(name: string, usedMi: number, requestMi = 0, priority = 0): Candidate {
  const requests = requestMi > 0 ? { requests: { memory: `${requestMi}Mi` } } : {};
  const pod = { metadata: { name }, spec: { priority, containers: [{ name: "c", resources: requests }] } };
  return { pod: pod as unknown as Pod, usage: { containers: { c: usedMi * MI }, total: usedMi * MI } };
}

const order = (...candidates: Candidate[]) => {
  const names: string[] = [];
  for (let rest = candidates; ;) {
    const first = firstToGo(short, rest);
    if (first === undefined) return names;
    names.push(first.pod.metadata.name!);
    rest = rest.filter((one) => one !== first);
  }
};

test("above the request, then priority, then how far above; what the cluster needs stays", () => {
  assert.deepEqual(
    order(
      candidate("within", 50, 100),
      candidate("important", 500, 100, 1000),
      candidate("little", 110, 100),
      candidate("much", 400, 100),
      candidate("system", 900, 0, 2_000_001_000),
      candidate("nothing asked", 200),
    ),
    ["much", "nothing asked", "little", "important", "within"],
  );
});

test("the message names the resource, the threshold and the containers above their requests", () => {
  assert.equal(
    evictionMessage(short, candidate("p", 300, 100)),
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 64516Ki. " +
      "Container c was using 300Mi, request is 100Mi, has larger consumption of memory. ",
  );
  const within = evictionMessage({ ...short, resource: "pids", threshold: 1001, available: 7 }, candidate("p", 0));
  assert.equal(within, "The node was low on resource: pids. Threshold quantity: 1001, available: 7. ");
});

test("a condition outlasts its shortage by five minutes", async () => {
  const clock = new VirtualClock(0);
  let found: readonly Shortage[] = [short];
  const shortages = new Shortages(clock, () => Promise.resolve(found));
  assert.deepEqual(await shortages.pressure(), { memory: true, disk: false, pids: false });
  found = [];
  await clock.advance(299_000);
  assert.equal((await shortages.pressure()).memory, true);
  await clock.advance(2000);
  assert.equal((await shortages.pressure()).memory, false);
});
