// What is worked out once, for which values, and when it is worked out anew.
import assert from "node:assert/strict";
import { it } from "node:test";
import { changedOnce, judgedOnce, workedOutOnce } from "./derived.ts";
import { deepFreeze } from "./freeze.ts";
import { object, optional, string } from "./node.ts";
import { beginNotes, notesOf } from "./repeated.ts";

const Spec = object("example.v1.Spec", { a: optional(1, string(), ""), b: optional(2, string(), "") });
interface SpecValue {
  readonly a?: string;
  readonly b?: string;
}

function again(value: SpecValue): SpecValue {
  beginNotes(Spec, deepFreeze(value), false);
  return value;
}

it("works out once what comes again, anew for other arguments and for all else", () => {
  let calls = 0;
  const joined = workedOutOnce(Spec, ({ a = "" }: SpecValue, more: string) => (calls++, a + more));
  const spec = again({ a: "x" });
  assert.deepEqual([joined(spec, "1"), joined(spec, "1"), calls], ["x1", "x1", 1]);
  assert.deepEqual([joined(spec, "2"), joined(spec, "1"), calls], ["x2", "x1", 3]);
  const once = { a: "x" };
  assert.deepEqual([joined(once, "1"), joined(once, "1"), calls], ["x1", "x1", 5]);
});

it("what a change makes is in canonical form and comes again", () => {
  const marked = changedOnce(Spec, (spec: SpecValue, a: string): SpecValue => ({ ...spec, a }));
  const spec = again({ b: "y" });
  const first = marked(spec, "x");
  assert.equal(JSON.stringify(first), '{"a":"x","b":"y"}');
  assert.ok(Object.isFrozen(first) && notesOf(Spec, first));
  assert.equal(marked(spec, "x"), first);
  assert.equal(notesOf(Spec, marked({ b: "y" }, "x")), undefined);
});

it("a judge who found nothing is not asked again; faults are found where they are", () => {
  let calls = 0;
  const faults = judgedOnce(Spec, function* ({ a }: SpecValue, where: string) {
    calls++;
    if (a === "bad") yield `${where}: bad`;
  });
  const [good, bad] = [again({ a: "good" }), again({ a: "bad" })];
  assert.deepEqual([...faults(good, "p"), ...faults(good, "q")], []);
  assert.equal(calls, 1);
  assert.deepEqual([...faults(bad, "p"), ...faults(bad, "q")], ["p: bad", "q: bad"]);
});
