// When a value comes again, and what its notes are about.
import assert from "node:assert/strict";
import { it } from "node:test";
import { deepFreeze } from "./freeze.ts";
import { list, object, optional, string } from "./node.ts";
import { beginNotes, meetText, notesOf, repeatedValue } from "./repeated.ts";

const Item = object("example.v1.Item", { name: optional(1, string(), "") });
const Spec = object("example.v1.Spec", { items: optional(1, list(Item), "") });
const specOf = (name: string) => deepFreeze({ items: [{ name }] });

it("a text comes again when it is met for the second time, and then has its value", () => {
  const [first, second] = [specOf("a"), specOf("a")];
  meetText("body", Spec, "text", first);
  assert.equal(repeatedValue("body", Spec, "text"), undefined);
  assert.equal(notesOf(Spec, first), undefined);
  meetText("body", Spec, "text", second);
  assert.equal(repeatedValue("body", Spec, "text"), second);
  assert.equal(repeatedValue("body", Item, "text"), undefined, "at its node alone");
  assert.equal(repeatedValue("store", Spec, "text"), undefined, "from its source alone");
  assert.ok(notesOf(Spec, second));
  assert.equal(notesOf(Spec, first), undefined, "an equal one is another");
});

it("all that is in a value has notes at its own node, but for what is empty", () => {
  const spec = deepFreeze({ items: [{ name: "a" }, {}] });
  beginNotes(Spec, spec, true);
  assert.equal(notesOf(Item, spec.items[0])?.complete, true);
  assert.equal(notesOf(Spec, spec.items[0]), undefined);
  assert.equal(notesOf(Item, spec.items[1]), undefined);
});

it("keeps a bounded number of values", () => {
  for (let i = 0; i < 1000; i++) for (const _ of [1, 2]) meetText("body", Spec, `text ${i}`, specOf(String(i)));
  const kept = Array.from({ length: 1000 }, (_, i) => repeatedValue("body", Spec, `text ${i}`)).filter(Boolean);
  assert.ok(kept.length > 0 && kept.length <= 256, `${kept.length}`);
});
