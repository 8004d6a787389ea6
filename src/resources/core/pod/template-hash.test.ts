// Hashes: stable over runs and orders, different for different templates.
import assert from "node:assert/strict";
import { test } from "node:test";
import { templateHash } from "./template-hash.ts";

const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "c", image: "nginx" }] } };

test("ten safe letters, the same in each run", () => {
  const hash = templateHash(template);
  assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
  // Pods of running clusters carry this hash: it must never change.
  assert.equal(hash, "925jnwj89c");
});

test("order of keys and absent fields do not matter, content and collisions do", () => {
  const { metadata, spec } = template;
  assert.equal(templateHash({ spec, metadata: { labels: metadata.labels, name: undefined } }), templateHash(template));
  assert.notEqual(
    templateHash({ metadata, spec: { containers: [{ name: "c", image: "nginx:2" }] } }),
    templateHash(template),
  );
  assert.notEqual(templateHash(template, 1), templateHash(template));
  assert.notEqual(templateHash(template, 1), templateHash(template, 2));
});

test("twenty thousand templates, no two alike", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 20_000; i++) seen.add(templateHash({ ...template, i }));
  assert.equal(seen.size, 20_000);
});
