// Objects by label: found whenever the label was asked for first, and after any change.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Kept } from "./kept.ts";
import { LabelIndex } from "./label-index.ts";

const kept = (name: string, labels: Record<string, string>) => ({ name, labels }) as unknown as Kept;

class Objects {
  readonly index = new LabelIndex();
  readonly all = new Set<Kept>();

  add(one: Kept): void {
    this.all.add(one);
    this.index.add(one);
  }

  delete(one: Kept): void {
    this.all.delete(one);
    this.index.delete(one);
  }

  names(label: string, value: string): string[] {
    return [...this.index.find(label, value, this.all)].map(({ name }) => name).sort();
  }
}

it("holds what was there before the first question and what came later", () => {
  const objects = new Objects();
  const [a, b, c] = [kept("a", { app: "x" }), kept("b", { app: "x", tier: "t" }), kept("c", { app: "y" })];
  objects.add(a);
  objects.add(c);
  assert.deepEqual(objects.names("app", "x"), ["a"]);
  objects.add(b);
  assert.deepEqual(objects.names("app", "x"), ["a", "b"]);
  assert.deepEqual(objects.names("tier", "t"), ["b"]);
  objects.delete(a);
  objects.delete(b);
  assert.deepEqual(objects.names("app", "x"), []);
  assert.deepEqual(objects.names("app", "y"), ["c"]);
  assert.deepEqual(objects.names("constructor", "x"), []);
});

it("gives up the label that was not asked for the longest, and finds by it all the same", () => {
  const objects = new Objects();
  for (let i = 0; i < 40; i++) objects.add(kept(`o${i}`, { [`l${i}`]: "v" }));
  for (const round of [1, 2]) {
    for (let i = 0; i < 40; i++) assert.deepEqual(objects.names(`l${i}`, "v"), [`o${i}`], `round ${round}`);
    objects.add(kept(`late${round}`, { other: "v" }));
  }
  assert.deepEqual(objects.names("other", "v"), ["late1", "late2"]);
});
