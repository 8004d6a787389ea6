// Events under two groups: the same objects, each with the rules of its own time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Event as CoreEvent } from "../core/event.ts";
import { tryOut } from "../trial.ts";
import { Event } from "./event.ts";

const about = { kind: "Pod", namespace: "ns", name: "p" };
const fresh = {
  regarding: about,
  reason: "Tested",
  note: "hello",
  type: "Normal",
  action: "Testing",
  reportingController: "example.com/c",
  reportingInstance: "c-1",
  eventTime: "2020-01-02T03:04:05.000006Z",
};

describe("events.k8s.io", () => {
  it("become core events and come back the same", () => {
    const { object, errors } = tryOut(Event, { ...fresh, series: { count: 2, lastObservedTime: fresh.eventTime } });
    assert.deepEqual(errors, []);
    const { hub, toHub, fromHub } = Event.storedAs!;
    assert.equal(hub, CoreEvent);
    const stored = toHub({ ...object }) as unknown as CoreEvent;
    assert.equal(stored.message, "hello");
    assert.equal(stored.reportingComponent, "example.com/c");
    assert.deepEqual(stored.involvedObject, about);
    assert.deepEqual(fromHub({ ...stored }), { ...object });
  });

  it("demand what core does not, by core's names", () => {
    assert.deepEqual(tryOut(Event, { ...fresh, action: "" }).errors, ["action: Required value"]);
    assert.deepEqual(tryOut(Event, { ...fresh, note: "a".repeat(1025) }).errors, [
      'message: Invalid value: "": can have at most 1024 characters',
    ]);
    assert.deepEqual(tryOut(Event, { ...fresh, type: "X" }).errors, ['type: Invalid value: "": has invalid value: X']);
    assert.deepEqual(tryOut(Event, { ...fresh, deprecatedCount: 1 }).errors, [
      'count: Invalid value: "": needs to be unset',
    ]);
  });

  it("change in their series only", () => {
    const { object: old } = tryOut(Event, fresh);
    const series = { count: 2, lastObservedTime: fresh.eventTime };
    assert.deepEqual(tryOut(Event, { ...fresh, series }, { old }).errors, []);
    assert.deepEqual(tryOut(Event, { ...fresh, note: "other" }, { old }).errors, [
      'message: Invalid value: "other": field is immutable',
    ]);
  });
});

describe("core events", () => {
  const old = { involvedObject: about, reason: "Tested", message: "hello", type: "Normal" };
  const cells = (body: object) => {
    const { object } = tryOut(CoreEvent, body);
    return Object.fromEntries(CoreEvent.columns.map((c) => [c.name, c.cell(object, { now: Date.UTC(2020, 0, 1, 1) })]));
  };

  it("are in the namespace of what they are about", () => {
    assert.deepEqual(tryOut(CoreEvent, old).errors, []);
    assert.deepEqual(tryOut(CoreEvent, { ...old, involvedObject: { ...about, namespace: "other" } }).errors, [
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
    assert.deepEqual(
      tryOut(CoreEvent, { ...old, metadata: { namespace: "default" }, involvedObject: { kind: "Node", name: "n" } })
        .errors,
      [],
    );
  });

  it("show times and counts, of a series where there is one", () => {
    const plain = cells({
      ...old,
      count: 3,
      firstTimestamp: "2020-01-01T00:00:00Z",
      lastTimestamp: "2020-01-01T00:30:00Z",
    });
    assert.deepEqual(
      [plain["Last Seen"], plain["First Seen"], plain["Count"], plain["Object"]],
      ["30m", "60m", 3, "pod/p"],
    );
    const series = { count: 7, lastObservedTime: "2020-01-01T00:59:00.000000Z" };
    const newer = cells({
      ...old,
      eventTime: "2020-01-01T00:00:00.000000Z",
      series,
      source: {},
      reportingComponent: "c",
      reportingInstance: "i",
    });
    assert.deepEqual([newer["Last Seen"], newer["Count"], newer["Source"]], ["60s", 7, "c, i"]);
    assert.equal(cells(old)["Count"], 1);
    assert.equal(cells(old)["Last Seen"], "<unknown>");
  });
});
