// The parts of the watch cache by themselves: the window of past events, selections, and who does not keep up.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../schema/resource.ts";
import type { Change } from "../../store/store.ts";
import { CacheEvent } from "./event.ts";
import { formOf, Kept } from "./kept.ts";
import { KindCache } from "./kind-cache.ts";
import { everything, select } from "./selection.ts";
import { Watcher } from "./watcher.ts";
import { EventWindow } from "./window.ts";

const form = formOf("v1", "Thing", {
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as KubeObject,
  fieldsOf: (object) => ({ "spec.nodeName": (object as unknown as { spec: { nodeName: string } }).spec.nodeName }),
});

const bytesOf = (name: string, labels: Record<string, string> = {}, nodeName = "") =>
  Buffer.from(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Thing",
      metadata: { name, namespace: "ns", labels },
      spec: { nodeName },
    }),
  );

const cache = () => new KindCache({ form, prefix: "core/things/", rewrite: (bytes) => bytes, from: 1 });

function put(
  kind: KindCache,
  revision: number,
  name: string,
  labels?: Record<string, string>,
  nodeName?: string,
): void {
  kind.apply(
    { key: `core/things/ns/${name}`, revision, value: bytesOf(name, labels, nodeName), previous: undefined },
    undefined,
  );
}

const remove = (kind: KindCache, revision: number, name: string) =>
  kind.apply(
    { key: `core/things/ns/${name}`, revision, value: undefined, previous: undefined } satisfies Change,
    undefined,
  );

test("the resourceVersion is spliced into kept bytes, whatever form they leave in", () => {
  const kept = new Kept(form, { key: "core/things/ns/a", value: bytesOf("a"), revision: 7, created: 7 }, undefined);
  assert.equal((JSON.parse(kept.line.toString()) as KubeObject).metadata.resourceVersion, "7");
  assert.equal((JSON.parse(kept.lineAt(9).toString()) as KubeObject).metadata.resourceVersion, "9");
  assert.deepEqual(kept.bytes, bytesOf("a"));
  assert.equal(kept.line.at(-1), 0x0a);
  const item = Buffer.alloc(kept.itemBytes);
  assert.equal(kept.writeItem(item, 0), item.length);
  const { apiVersion, metadata } = JSON.parse(item.toString()) as KubeObject;
  assert.deepEqual([apiVersion, metadata.name, metadata.resourceVersion], [undefined, "a", "7"]);
  assert.equal(kept.object.metadata.resourceVersion, "7");
});

test("the window forgets its oldest events and says since when it is whole", () => {
  const window = new EventWindow(1);
  for (let revision = 2; revision <= 25_000; revision++) window.push(new CacheEvent(revision, undefined, undefined));
  assert.ok(window.from > 14_000 && window.from < 25_000);
  assert.deepEqual(
    [...window.after(24_998)].map((event) => event.revision),
    [24_999, 25_000],
  );
  assert.equal([...window.after(window.from)].length, 25_000 - window.from);
});

test("lists by an index are the lists by a walk, in the same order", () => {
  const kind = cache();
  for (let i = 0; i < 200; i++) put(kind, i + 2, `t${i}`, { app: `a${i % 40}` }, `n${i % 50}`);
  const query = (key: string, value: string) => ({
    matches: (values: Readonly<Record<string, string>>) => values[key] === value,
  });
  const byWalk = select("ns", { ...query("app", "a3"), equals: [] }, undefined);
  const byIndex = select("ns", { ...query("app", "a3"), equals: [{ key: "app", value: "a3" }] }, undefined);
  const names = (selection: typeof byWalk) => [...kind.list(selection)].map((kept) => kept.name);
  assert.deepEqual(names(byIndex), ["t123", "t163", "t3", "t43", "t83"]);
  assert.deepEqual(names(byIndex), names(byWalk));
  const byNode = select("", undefined, {
    ...query("spec.nodeName", "n7"),
    equals: [{ key: "spec.nodeName", value: "n7" }],
  });
  assert.deepEqual(names(byNode), ["t107", "t157", "t57", "t7"]);
  remove(kind, 300, "t57");
  assert.deepEqual(names(byNode), ["t107", "t157", "t7"]);
  assert.equal(kind.count("ns", ""), 199);
});

test("a watcher that does not read is dropped instead of being remembered for ever", () => {
  const kind = cache();
  const slow = new Watcher(everything(""), 1);
  kind.add(slow);
  for (let i = 0; i < 20_001; i++) put(kind, i + 2, "a");
  assert.ok(slow.ended && slow.dropped);
  assert.deepEqual(slow.take(), []);
});
