// Event: what happened to an object, as events.k8s.io/v1 tells it. The objects are those of core/v1.
import { int32, microTime, object, optional, pointer, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ObjectReference } from "../core/object-reference.ts";
import { EventSource } from "../core/event-source.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { Rule } from "../../schema/resource.ts";
import { eventColumns } from "../core/event-columns.ts";
import type { ShownEvent } from "../core/event-columns.ts";
import { eventFaults } from "../core/event-rules.ts";
import { Event as CoreEvent } from "../core/event.ts";

export const EventSeries = object("k8s.io.api.events.v1.EventSeries", {
  count: required(1, int32(), "How often it was seen."),
  lastObservedTime: required(2, microTime(), "When it was last seen."),
});
export interface EventSeries extends ValueIn<typeof EventSeries> {}

const schema = object(
  "k8s.io.api.events.v1.Event",
  {
    ...typeMeta,
    metadata,
    eventTime: required(2, microTime(), "When it was first seen, to the microsecond."),
    series: pointer(3, EventSeries, "Its repetitions."),
    reportingController: optional(4, string(), "The controller that reports."),
    reportingInstance: optional(5, string(), "Which of its instances reports."),
    action: optional(6, string(), "What was done or failed."),
    reason: optional(7, string(), "Why, as one CamelCase word."),
    regarding: optional(8, ObjectReference, "The object that it is about."),
    related: pointer(9, ObjectReference, "A second object that takes part."),
    note: optional(10, string(), "What happened, for people."),
    type: optional(11, string(), "Normal or Warning."),
    deprecatedSource: optional(12, EventSource, "Who saw it, as in core."),
    deprecatedFirstTimestamp: optional(13, time(), "When it was first seen, as in core."),
    deprecatedLastTimestamp: optional(14, time(), "When it was last seen, as in core."),
    deprecatedCount: optional(15, int32(), "How often it was seen, as in core."),
  },
  { doc: "Something that happened to an object; kept for an hour." },
);
export interface Event extends ValueIn<typeof schema> {}

/** The checks of both kinds, by this group's names where they differ. */
const valid: Rule<Event> = (event) =>
  eventFaults(
    {
      namespace: event.metadata.namespace ?? "",
      aboutNamespace: event.regarding?.namespace ?? "",
      eventTime: event.eventTime,
      reportingController: event.reportingController ?? "",
      reportingInstance: event.reportingInstance ?? "",
      action: event.action ?? "",
      reason: event.reason ?? "",
      message: event.note ?? "",
    },
    "reportingController",
  );

/** What core has and new events must not use, by core's names. */
const newForm: Rule<Event> = function* (event, { old }) {
  if (old) return;
  const { series, type = "", deprecatedSource = {} } = event;
  if (series) {
    if ((series.count ?? 0) < 2) yield fieldInvalid(FieldPath.of("series", "count"), "", "should be at least 2");
    if (!series.lastObservedTime) yield fieldRequired(FieldPath.of("series", "lastObservedTime"));
  }
  if (!event.eventTime) yield fieldRequired(FieldPath.of("eventTime"));
  if (type !== "Normal" && type !== "Warning")
    yield fieldInvalid(FieldPath.of("type"), "", `has invalid value: ${type}`);
  const unused: readonly [string, unknown][] = [
    ["firstTimestamp", event.deprecatedFirstTimestamp],
    ["lastTimestamp", event.deprecatedLastTimestamp],
    ["count", event.deprecatedCount],
    ["source", deprecatedSource.component || deprecatedSource.host],
  ];
  for (const [field, value] of unused) if (value) yield fieldInvalid(FieldPath.of(field), "", "needs to be unset");
};

/** An event's field, by this group's name and by core's. */
const NAMES = [
  ["regarding", "involvedObject"],
  ["reason", "reason"],
  ["note", "message"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
  ["type", "type"],
  ["eventTime", "eventTime"],
  ["action", "action"],
  ["related", "related"],
  ["reportingController", "reportingComponent"],
  ["reportingInstance", "reportingInstance"],
] as const satisfies readonly (readonly [keyof Event, keyof CoreEvent])[];

/** Of an event only the series goes on. */
const onlySeriesChanges: Rule<Event> = function* (event, { old }) {
  if (!old) return;
  for (const [name, core] of NAMES) {
    if (equalJson(event[name] ?? null, old[name] ?? null)) continue;
    // Errors use core's names, but for this one.
    const field = name === "reportingController" ? name : core;
    yield fieldInvalid(FieldPath.of(field), event[name] ?? null, "field is immutable");
  }
};

/** The object with its fields renamed; others (metadata, series) keep their names. */
const renamed = (object: JsonObject, names: readonly (readonly [string, string])[]): JsonObject => {
  const table = new Map(names);
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [table.get(name) ?? name, value]));
};

/** See core/event.ts: the same columns from other names. */
function shown(event: Event): ShownEvent {
  const first = event.deprecatedFirstTimestamp ?? event.eventTime;
  return {
    about: event.regarding ?? {},
    source: event.deprecatedSource ?? {},
    reportingController: event.reportingController ?? "",
    reportingInstance: event.reportingInstance ?? "",
    type: event.type ?? "",
    reason: event.reason ?? "",
    message: event.note ?? "",
    first,
    last: event.series ? event.series.lastObservedTime : (event.deprecatedLastTimestamp ?? first),
    count: event.series ? event.series.count : event.deprecatedCount || 1,
  };
}

export const Event = resource<Event>({
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
  scope: "Namespaced",
  schema,
  createOnUpdate: true,
  storedAs: {
    hub: CoreEvent,
    toHub: (object) => renamed(object, NAMES),
    fromHub: (object) =>
      renamed(
        object,
        NAMES.map(([name, core]) => [core, name]),
      ),
  },
  selectableFields: {
    "regarding.kind": ({ regarding }) => regarding?.kind ?? "",
    "regarding.namespace": ({ regarding }) => regarding?.namespace ?? "",
    "regarding.name": ({ regarding }) => regarding?.name ?? "",
    "regarding.uid": ({ regarding }) => regarding?.uid ?? "",
    "regarding.apiVersion": ({ regarding }) => regarding?.apiVersion ?? "",
    "regarding.resourceVersion": ({ regarding }) => regarding?.resourceVersion ?? "",
    "regarding.fieldPath": ({ regarding }) => regarding?.fieldPath ?? "",
    reason: ({ reason }) => reason ?? "",
    reportingController: ({ reportingController }) => reportingController ?? "",
    type: ({ type }) => type ?? "",
  },
  columns: eventColumns(shown),
  rules: [valid, newForm, onlySeriesChanges],
});
