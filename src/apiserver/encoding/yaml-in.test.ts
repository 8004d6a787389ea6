// Proves YAML bodies: duplicates at any number and shape, aliases within bounds, only what JSON can say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { YamlError, yamlIn } from "./yaml-in.ts";

const refused = (text: string, message: RegExp) =>
  assert.throws(
    () => yamlIn(text),
    (error) => error instanceof YamlError && message.test(error.message),
  );

test("keys that a map has twice are told with their lines, and the last value wins", () => {
  assert.deepEqual(yamlIn("a: 1\nb:\n  c: 2\n  c: 3\na: 4\n"), {
    value: { a: 4, b: { c: 3 } },
    duplicates: ['line 4: key "c" already set in map', 'line 5: key "a" already set in map'],
  });
  assert.deepEqual(yamlIn("a:\n  x: 1\na: 2\n").value, { a: 2 }, "an earlier value of several lines");
  assert.deepEqual(
    yamlIn("a: 1\na:\n\n  b: 2\n").duplicates,
    ['line 4: key "a" already set in map'],
    "where its value is",
  );
  assert.deepEqual(yamlIn("{a: 1, 'a': 2}").duplicates, ['line 1: key "a" already set in map']);
  assert.deepEqual(yamlIn("a: &a [1]\nb: *a\na: 2\n").value, { a: 2, b: [1] }, "an earlier value that others point to");
  assert.deepEqual(yamlIn("- {a: 1}\n- {a: 1}\n").duplicates, []);
  assert.deepEqual(yamlIn("b: &b {x: 1}\nc:\n  <<: *b\n  x: 2\n"), {
    value: { b: { x: 1 }, c: { x: 2 } },
    duplicates: [],
  });
});

test("a body full of duplicates is read once, not once for each", () => {
  const began = process.cpuUsage();
  const { value, duplicates } = yamlIn("a: 1\n".repeat(100_000));
  assert.deepEqual(value, { a: 1 });
  assert.equal(duplicates.length, 100);
  assert.ok(process.cpuUsage(began).user < 3e6, "100,000 duplicates within 3 s of the processor");
});

test("aliases that would make much of little are refused, honest ones are not", () => {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`);
  refused(`l0: &l0 [x]\n${levels.join("\n")}\n`, /document contains excessive aliasing/);
  refused(`a: &a ${"x".repeat(100_000)}\nb: [${"*a, ".repeat(98)}]\n`, /document contains excessive aliasing/);
  refused("a: &a [*a]\n", /anchor 'a' value contains itself/);
  refused(
    `a0: &a0 [x]\n${Array.from({ length: 1100 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`).join("\n")}`,
    /exceeded max depth|excessive aliasing/,
  );
  const labels = "labels: &l {app: web}\nselector: *l\ntemplate: {labels: *l}\n";
  assert.deepEqual(yamlIn(labels).value, {
    labels: { app: "web" },
    selector: { app: "web" },
    template: { labels: { app: "web" } },
  });
});

test("numbers that JSON cannot say are refused or text", () => {
  refused("a: .inf", /json: unsupported value: \+Inf/);
  refused("a: .nan", /json: unsupported value: NaN/);
  assert.deepEqual(yamlIn("a: 1e999\nb: 1e3\nc: 1.5"), { value: { a: "1e999", b: 1000, c: 1.5 }, duplicates: [] });
});

test("an object in JSON is read as YAML would read it", () => {
  for (const text of [
    '{"a":{"b":[1,-0.5,1e3,true,null,"x"],"c":"\\u00fc\\ud83d\\ude00\\/"}}',
    ' \n{"a": 12345678901234567890, "b": "yes", "c": "0777", "d": {} }\n',
    '{"a":"~","b":"<<"}',
    '{"__proto__":{"x":1}}',
  ]) {
    const { value, duplicates } = yamlIn(text);
    assert.deepEqual(duplicates, []);
    // A comment makes it YAML and nothing else.
    assert.deepEqual(JSON.stringify(value), JSON.stringify(yamlIn(`# yaml\n${text}`).value), text);
  }
  assert.deepEqual(yamlIn('{"a":1,\n"a":2}'), { value: { a: 2 }, duplicates: ['line 2: key "a" already set in map'] });
  refused(`{"a":${"[".repeat(1500)}${"]".repeat(1500)}}`, /max ?depth/i);
  refused('{"a":1', /did not find expected node content/);
});

test("a large object in JSON is read in a fraction of the time that YAML takes", () => {
  const object = JSON.stringify({ items: Array.from({ length: 20_000 }, (_, i) => ({ name: `n${i}`, value: i })) });
  const took = (text: string) => {
    const began = process.cpuUsage();
    yamlIn(text);
    const { user, system } = process.cpuUsage(began);
    return user + system;
  };
  took(object);
  assert.ok(took(object) * 3 < took(`# yaml\n${object}`));
});
