// Apply and update as an object lives through them: ownership, conflicts, removal, kubectl's annotation, refusals.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze } from "../freeze.ts";
import { metadata, typeMeta } from "../meta/object-meta.ts";
import type { ManagedFieldsEntry } from "../meta/object-meta.ts";
import { StatusError } from "../meta/status.ts";
import {
  boolean,
  int32,
  listAtomic,
  listMap,
  map,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
} from "../node.ts";
import type { JsonObject } from "../node.ts";
import { applyPatch } from "./apply.ts";
import { managerName, recordUpdate, withoutNewTimes } from "./update.ts";
import { setOf } from "./field-set.ts";

const Port = object("test.Port", {
  port: required(1, int32(), ""),
  protocol: optional(2, string(), "", { default: "TCP" }),
  name: optional(3, string(), ""),
});
const Container = object("test.Container", {
  name: required(1, string(), ""),
  image: optional(2, string(), ""),
  args: optional(3, listAtomic(string()), ""),
  ports: optional(4, listMap(Port, ["port", "protocol"]), ""),
});
const Thing = object("test.Thing", {
  ...typeMeta,
  metadata,
  data: optional(2, map(string()), ""),
  spec: plain(
    3,
    object("test.Spec", {
      paused: pointer(1, boolean(), ""),
      selector: optional(
        2,
        object("test.Selector", { matchLabels: optional(1, map(string()), "") }, { atomic: true }),
        "",
        { pointer: true },
      ),
      containers: required(3, listMap(Container, ["name"]), ""),
    }),
    "",
  ),
  status: plain(4, object("test.Status", { phase: optional(1, string(), "") }), ""),
});
type Loose = JsonObject & { readonly [key: string]: never };
const kind = { apiVersion: "v1", kind: "Thing", node: Thing };
const thing = (rest: object) =>
  deepFreeze({ apiVersion: "v1", kind: "Thing", metadata: { name: "x" }, ...rest }) as JsonObject;

/** An object that lives through writes, seconds apart. */
class Life {
  live: JsonObject | undefined;
  #now = 1_000_000_000_000;

  apply(manager: string, rest: object, force = false): this {
    this.#now += 1000;
    const { object } = applyPatch({
      ...kind,
      live: this.live,
      config: thing(rest),
      manager,
      force,
      subresource: "",
      now: this.#now,
    });
    this.live = deepFreeze(JSON.parse(JSON.stringify(object)) as JsonObject);
    return this;
  }

  update(manager: string, rest: object, more: Partial<Parameters<typeof recordUpdate>[0]> = {}): this {
    this.#now += 1000;
    const metadata = { name: "x", managedFields: this.owners, ...(rest as { metadata?: object }).metadata };
    const next = thing({ ...rest, metadata });
    this.live = deepFreeze(
      recordUpdate({ ...kind, live: this.live, next, manager, subresource: "", now: this.#now, ...more }),
    );
    return this;
  }

  get owners(): readonly ManagedFieldsEntry[] {
    return (
      ((this.live?.["metadata"] as Loose | undefined)?.["managedFields"] as
        | readonly ManagedFieldsEntry[]
        | undefined) ?? []
    );
  }

  /** `one Apply {"f:data":…}` for each owner. */
  get owned(): string[] {
    return this.owners.map((e) => `${e.manager} ${e.operation} ${JSON.stringify(e.fieldsV1)}`);
  }
}

const fails = (run: () => unknown, code: number, message: string) =>
  assert.throws(
    run,
    (e) => e instanceof StatusError && (assert.equal(e.message, message), assert.equal(e.code, code), true),
  );

test("apply owns what it names; what it drops goes, unless somebody else owns it", () => {
  const life = new Life().apply("one", { data: { a: "1", b: "2" } });
  assert.deepEqual(life.owned, ['one Apply {"f:data":{"f:a":{},"f:b":{}}}']);
  life.apply("two", { data: { a: "1" } });
  life.apply("one", { data: { b: "2" } });
  assert.deepEqual(life.live!["data"], { a: "1", b: "2" });
  life.apply("two", {});
  assert.deepEqual(life.live!["data"], { b: "2" });
  assert.deepEqual(life.owned, ['one Apply {"f:data":{"f:b":{}}}']);
});

test("applying the same again changes nothing, not even times", () => {
  const life = new Life().apply("one", { data: { a: "1" }, spec: { containers: [{ name: "a", image: "i" }] } });
  const before = life.live;
  life.apply("one", { data: { a: "1" }, spec: { containers: [{ name: "a", image: "i" }] } });
  assert.deepEqual(life.live, before);
});

test("conflicts name their owners in upstream's forms", () => {
  const life = new Life().apply("one", { data: { a: "1", b: "1" } });
  fails(
    () => life.apply("two", { data: { a: "2" } }),
    409,
    'Apply failed with 1 conflict: conflict with "one": .data.a',
  );
  fails(
    () => life.apply("two", { data: { a: "2", b: "2" } }),
    409,
    'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b',
  );
  life.update("upd", { data: { a: "3", b: "1" } }, { subresource: "scale" });
  fails(
    () => life.apply("one", { data: { a: "1", b: "1" } }),
    409,
    'Apply failed with 1 conflict: conflict with "upd" with subresource "scale" using v1: .data.a',
  );
  life.apply("one", { data: { a: "1", b: "1" } }, true);
  assert.deepEqual(life.owned, ['one Apply {"f:data":{"f:a":{},"f:b":{}}}']);
});

test("list items are told apart by keys, also defaulted ones", () => {
  const life = new Life().apply("one", {
    spec: { containers: [{ name: "a", ports: [{ port: 53 }, { port: 53, protocol: "UDP" }] }] },
  });
  assert.equal(
    life.owned[0],
    'one Apply {"f:spec":{"f:containers":{"k:{\\"name\\":\\"a\\"}":{".":{},"f:name":{},"f:ports":{' +
      '"k:{\\"port\\":53,\\"protocol\\":\\"TCP\\"}":{".":{},"f:port":{}},' +
      '"k:{\\"port\\":53,\\"protocol\\":\\"UDP\\"}":{".":{},"f:port":{},"f:protocol":{}}}}}}}',
  );
  life.apply("two", { spec: { containers: [{ name: "b", image: "b" }] } });
  life.apply("one", { spec: { containers: [{ name: "c" }, { name: "a", ports: [{ port: 53, name: "dns" }] }] } });
  assert.deepEqual((life.live!["spec"] as Loose)["containers"], [
    { name: "c" },
    { name: "a", ports: [{ port: 53, name: "dns" }] },
    { name: "b", image: "b" },
  ]);
});

test("atomic lists and objects are owned whole", () => {
  const life = new Life().apply("one", {
    spec: { selector: { matchLabels: { a: "1" } }, containers: [{ name: "a", args: ["x"] }] },
  });
  fails(
    () =>
      life.apply("two", { spec: { selector: { matchLabels: { b: "1" } }, containers: [{ name: "a", args: ["y"] }] } }),
    409,
    'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.selector\n- .spec.containers[name="a"].args',
  );
});

test("updates: a created object's fields, less what is always there; then only what changes", () => {
  const life = new Life().update("upd", { data: { a: "1" }, spec: { containers: [{ name: "a" }] }, status: {} });
  assert.deepEqual(life.owned, [
    'upd Update {"f:data":{".":{},"f:a":{}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"a\\"}":{".":{},"f:name":{}}}}}',
  ]);
  life.update("other", { data: { a: "1", b: "2" }, spec: { containers: [{ name: "a" }] }, status: {} });
  assert.equal(life.owned[1], 'other Update {"f:data":{"f:b":{}}}');
  life.update("other", { data: { b: "2" }, spec: { containers: [{ name: "a" }] }, status: {} });
  assert.equal(
    life.owned[0],
    'upd Update {"f:data":{".":{}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"a\\"}":{".":{},"f:name":{}}}}}'.replace(
      '{".":{}}',
      "{}",
    ),
  );
});

test("what an endpoint resets is nobody's", () => {
  const resetFields = setOf(["f:status"]);
  const life = new Life().update("upd", { data: { a: "1" } }, { resetFields });
  life.update("upd2", { data: { a: "1" }, status: { phase: "X" } }, { resetFields });
  assert.deepEqual(life.owned, ['upd Update {"f:data":{".":{},"f:a":{}}}']);
});

test("entries may be reset, and are then begun by the next apply", () => {
  const life = new Life().apply("one", { data: { a: "1" } });
  life.update("upd", { data: { a: "1" }, metadata: { managedFields: [{}] } });
  assert.deepEqual(life.owned, []);
  life.update("upd", { data: { a: "2" } });
  assert.deepEqual(life.owned, [], "updates do not begin to track");
  fails(
    () => life.apply("two", { data: { a: "3" } }),
    409,
    'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
  );
});

test("too many updaters of one version are thrown together", () => {
  const life = new Life().update("m0", { data: { a: "0" } });
  const data: Record<string, string> = { a: "0" };
  for (let i = 1; i <= 12; i++) {
    data[`k${i}`] = "1";
    life.update(`m${i}`, { data: { ...data } });
  }
  const managers = life.owners.map((e) => e.manager);
  assert.equal(managers.length, 10);
  assert.ok(managers.includes("ancient-changes") && managers.includes("m12") && !managers.includes("m1"));
  const ancient = life.owners.find((e) => e.manager === "ancient-changes")!;
  assert.equal(JSON.stringify(ancient.fieldsV1), '{"f:data":{".":{},"f:a":{},"f:k1":{},"f:k2":{},"f:k3":{}}}');
});

test("kubectl takes over what client-side apply left, and keeps its annotation", () => {
  const note = "kubectl.kubernetes.io/last-applied-configuration";
  const before = '{"apiVersion":"v1","kind":"Thing","metadata":{"name":"x"},"data":{"a":"1"}}\n';
  const life = new Life().update("kubectl-client-side-apply", {
    data: { a: "1" },
    metadata: { annotations: { [note]: before } },
  });
  fails(
    () => life.apply("other", { data: { a: "2" } }),
    409,
    'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.a',
  );
  life.apply("kubectl", { data: { a: "2" } });
  const annotations = ((life.live!["metadata"] as Loose)["annotations"] ?? {}) as Loose;
  assert.equal(annotations[note], '{"apiVersion":"v1","data":{"a":"2"},"kind":"Thing","metadata":{"name":"x"}}\n');
  assert.equal(life.owned[0], 'kubectl Apply {"f:data":{"f:a":{}}}');
});

test("a configuration must fit the schema", () => {
  const apply = (rest: object) => () => new Life().apply("one", rest);
  const text = (fault: string) => `failed to create typed patch object (/x; /v1, Kind=Thing): ${fault}`;
  fails(apply({ foo: 1 }), 500, text(".foo: field not declared in schema"));
  fails(apply({ data: { a: 1 } }), 500, text(".data.a: expected string, got &value.valueUnstructured{Value:1}"));
  fails(
    apply({ spec: { containers: [{ name: "a" }, { name: "a" }] } }),
    500,
    text('.spec.containers: duplicate entries for key [name="a"]'),
  );
  fails(apply({ spec: { containers: {} } }), 500, text(".spec.containers: expected list, got &{map[]}"));
  fails(
    apply({ spec: { paused: "x", selector: 1 } }),
    500,
    text("errors:\n  .spec.paused: expected boolean, got &{x}\n  .spec.selector: expected map, got &{1}"),
  );
  fails(apply({ spec: { selector: { what: 1 } } }), 500, text(".spec.selector.what: field not declared in schema"));
  fails(apply({ kind: "Other" }), 400, "invalid object type: /v1, Kind=Other");
  fails(apply({ metadata: { name: "x", managedFields: [] } }), 400, "metadata.managedFields must be nil");
});

test("managers are named by the query or the User-Agent", () => {
  assert.equal(managerName("helm", "kubectl/v1"), "helm");
  assert.equal(managerName(undefined, "kubectl-edit/v1.37 (linux/amd64)"), "kubectl-edit");
  assert.equal(managerName(undefined, ""), "unknown");
  assert.equal(managerName(undefined, "a\u0007b".repeat(100)).length, 128);
});

test("times alone are no change", () => {
  const entry = {
    manager: "a",
    operation: "Update",
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:data": {} },
  };
  const at = (time: string, rest = {}) =>
    thing({ metadata: { name: "x", managedFields: [{ ...entry, time }] }, ...rest });
  const live = at("2020-01-01T00:00:00Z");
  assert.deepEqual(withoutNewTimes(live, at("2021-01-01T00:00:00Z")), live);
  const changed = at("2021-01-01T00:00:00Z", { data: { a: "1" } });
  assert.equal(withoutNewTimes(live, changed), changed);
});

test("what has no schema may be anything; all that does not fit is told, sorted", () => {
  const node = object("test.Open", {
    ...typeMeta,
    metadata,
    spec: optional(2, object("test.OpenSpec", { a: optional(1, string(), "") }, { preserveUnknown: true }), ""),
    shut: optional(3, object("test.ShutSpec", { a: optional(1, string(), "") }), ""),
  });
  const config = (rest: object) => thing(rest) as JsonObject;
  const request = { ...kind, node, live: undefined, manager: "one", force: false, subresource: "", now: 0 };
  const { object: made } = applyPatch({ ...request, config: config({ spec: { u: "x", v: [1], w: { y: 2 } } }) });
  assert.deepEqual(made["spec"], { u: "x", v: [1], w: { y: 2 } });
  assert.throws(
    () => applyPatch({ ...request, config: config({ shut: { z: 1, a: 5 } }) }),
    /errors:\n {2}\.shut\.a: expected string, got .*\n {2}\.shut\.z: field not declared in schema$/,
  );
});
