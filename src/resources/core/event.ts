// Event: what happened to an object, as core/v1 tells it. events.k8s.io shows the same objects.
import { int32, microTime, object, optional, pointer, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { ObjectMeta, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ObjectReference } from "./object-reference.ts";
import { EventSource } from "./event-source.ts";
import type { Rule } from "../../schema/resource.ts";
import { eventColumns } from "./event-columns.ts";
import type { ShownEvent } from "./event-columns.ts";
import { eventFaults } from "./event-rules.ts";

export const EventSeries = object("k8s.io.api.core.v1.EventSeries", {
  count: optional(1, int32(), "How often it was seen."),
  lastObservedTime: optional(2, microTime(), "When it was last seen."),
});
export interface EventSeries extends ValueIn<typeof EventSeries> {}

const schema = object(
  "k8s.io.api.core.v1.Event",
  {
    ...typeMeta,
    metadata: required(1, ObjectMeta, "Standard metadata."),
    involvedObject: required(2, ObjectReference, "The object that it is about."),
    reason: optional(3, string(), "Why, as one CamelCase word."),
    message: optional(4, string(), "What happened, for people."),
    source: optional(5, EventSource, "Who saw it."),
    firstTimestamp: optional(6, time(), "When it was first seen."),
    lastTimestamp: optional(7, time(), "When it was last seen."),
    count: optional(8, int32(), "How often it was seen."),
    type: optional(9, string(), "Normal or Warning."),
    eventTime: optional(10, microTime(), "When it was first seen, to the microsecond."),
    series: pointer(11, EventSeries, "Its repetitions."),
    action: optional(12, string(), "What was done or failed."),
    related: pointer(13, ObjectReference, "A second object that takes part."),
    reportingComponent: optional(14, string(), "The controller that reports.", { always: true }),
    reportingInstance: optional(15, string(), "Which of its instances reports.", { always: true }),
  },
  { doc: "Something that happened to an object; kept for an hour." },
);
export interface Event extends ValueIn<typeof schema> {}

/** The checks of both kinds, by core's own names. */
const valid: Rule<Event> = (event) =>
  eventFaults(
    {
      namespace: event.metadata.namespace ?? "",
      aboutNamespace: event.involvedObject.namespace ?? "",
      eventTime: event.eventTime,
      reportingController: event.reportingComponent ?? "",
      reportingInstance: event.reportingInstance ?? "",
      action: event.action ?? "",
      reason: event.reason ?? "",
      message: event.message ?? "",
    },
    "reportingComponent",
  );

/** A series outdoes the older count and times; an event seen once counts 1 whatever its field says. */
function shown(event: Event): ShownEvent {
  const first = event.firstTimestamp ?? event.eventTime;
  return {
    about: event.involvedObject,
    source: event.source ?? {},
    reportingController: event.reportingComponent ?? "",
    reportingInstance: event.reportingInstance ?? "",
    type: event.type ?? "",
    reason: event.reason ?? "",
    message: event.message ?? "",
    first,
    last: event.series ? event.series.lastObservedTime : (event.lastTimestamp ?? first),
    count: event.series ? (event.series.count ?? 0) : event.count || 1,
  };
}

export const Event = resource<Event>({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
  scope: "Namespaced",
  schema,
  // Older recorders name events after objects whose names may be anything.
  nameFormat: "pathSegmentName",
  createOnUpdate: true,
  selectableFields: {
    "involvedObject.kind": ({ involvedObject }) => involvedObject.kind ?? "",
    "involvedObject.namespace": ({ involvedObject }) => involvedObject.namespace ?? "",
    "involvedObject.name": ({ involvedObject }) => involvedObject.name ?? "",
    "involvedObject.uid": ({ involvedObject }) => involvedObject.uid ?? "",
    "involvedObject.apiVersion": ({ involvedObject }) => involvedObject.apiVersion ?? "",
    "involvedObject.resourceVersion": ({ involvedObject }) => involvedObject.resourceVersion ?? "",
    "involvedObject.fieldPath": ({ involvedObject }) => involvedObject.fieldPath ?? "",
    reason: ({ reason }) => reason ?? "",
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? "",
    source: ({ source, reportingComponent }) => source?.component || reportingComponent || "",
    type: ({ type }) => type ?? "",
  },
  columns: eventColumns(shown),
  rules: [valid],
});
