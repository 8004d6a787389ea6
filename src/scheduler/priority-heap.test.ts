// The heap against sorting.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PriorityHeap } from "./priority-heap.ts";

interface Item {
  readonly value: number;
  heapIndex: number;
}

test("whatever is pushed and removed, what comes out is sorted and complete", () => {
  const step = fc.record({ value: fc.integer({ min: 0, max: 50 }), removes: fc.boolean(), which: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const heap = new PriorityHeap<Item>((a, b) => a.value < b.value);
      const inside: Item[] = [];
      for (const { value, removes, which } of steps) {
        if (removes && inside.length > 0) heap.remove(inside.splice(which % inside.length, 1)[0]!);
        else {
          const item = { value, heapIndex: -1 };
          inside.push(item);
          heap.push(item);
        }
        assert.equal(heap.size, inside.length);
      }
      const out: number[] = [];
      for (let next = heap.pop(); next; next = heap.pop()) out.push(next.value);
      assert.deepEqual(
        out,
        inside.map(({ value }) => value).sort((a, b) => a - b),
      );
    }),
  );
});

test("removing what is not inside does nothing", () => {
  const heap = new PriorityHeap<Item>((a, b) => a.value < b.value);
  const [a, b] = [
    { value: 1, heapIndex: -1 },
    { value: 2, heapIndex: -1 },
  ];
  heap.push(a);
  heap.remove(b);
  heap.remove(a);
  heap.remove(a);
  assert.equal(heap.pop(), undefined);
});
