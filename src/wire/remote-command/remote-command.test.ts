// Ends of commands and terminal sizes as they travel, also cut and broken.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { endOf, endText } from "./exit-status.ts";
import type { CommandEnd } from "./exit-status.ts";
import { SizeReader, sizeText } from "./session.ts";
import type { TerminalSize } from "./session.ts";

test("an end comes back through v4 and v5; before, a failure is its sentence", () => {
  const end: fc.Arbitrary<CommandEnd> = fc.oneof(
    fc.record({ exitCode: fc.nat(255) }),
    fc.record({ error: fc.string({ minLength: 1 }) }),
  );
  fc.assert(
    fc.property(end, (value) => {
      for (const protocol of ["v4.channel.k8s.io", "v5.channel.k8s.io", "v4.base64.channel.k8s.io"]) {
        assert.deepEqual({ ...endOf(endText(value, protocol)) }, { ...value });
      }
    }),
  );
  assert.equal(endText({ exitCode: 0 }, "channel.k8s.io"), "");
  assert.match(endText({ exitCode: 3 }, "v3.channel.k8s.io"), /non-zero exit code: exit status 3$/);
});

test("ends as servers write them, and what is none", () => {
  const containerd =
    '{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: error executing command ' +
    '[sh], exit code 5","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"5"}]}}';
  assert.deepEqual(endOf(containerd), { exitCode: 5 });
  assert.deepEqual(endOf(""), { exitCode: 0 });
  assert.deepEqual(endOf("container not running"), { error: "container not running" });
  for (const text of ["null", "3", '{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[null]}}']) {
    assert.ok("error" in endOf(text), text);
  }
  fc.assert(fc.property(fc.json(), (json) => assert.ok(endOf(json))));
});

test("sizes come back however they are cut; nonsense between them is dropped", () => {
  const dimension = fc.nat(0xffff);
  const sizes = fc.array(fc.record({ width: dimension, height: dimension }, { noNullPrototype: true }), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 20 }), (list, step) => {
      const text = list.map(sizeText).join("");
      const reader = new SizeReader();
      const read: TerminalSize[] = [];
      for (let at = 0; at < text.length; at += step) read.push(...reader.push(text.slice(at, at + step)));
      assert.deepEqual(read, list);
    }),
  );
  const reader = new SizeReader();
  assert.deepEqual(reader.push('{"Width":-1,"Height":2}{}{"Width":1e9,"Height":2}{nonsense}{"Width":3,"Height":4}'), [
    { width: 3, height: 4 },
  ]);
  fc.assert(fc.property(fc.string(), (text) => void new SizeReader().push(text)));
});
