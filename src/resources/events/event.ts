// Event: what happened to an object, as events.k8s.io/v1 tells it. The objects are those of core/v1.
import { int32, microTime, object, optional, pointer, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { ObjectMeta, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ObjectReference } from "../core/object-reference.ts";
import { EventSource } from "../core/event-source.ts";

export const EventSeries = object("k8s.io.api.events.v1.EventSeries", {
  count: required(1, int32(), "How often it was seen."),
  lastObservedTime: required(2, microTime(), "When it was last seen."),
});
export interface EventSeries extends ValueIn<typeof EventSeries> {}

const schema = object("k8s.io.api.events.v1.Event", {
  ...typeMeta,
  metadata: required(1, ObjectMeta, "Standard metadata."),
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
});
export interface Event extends ValueIn<typeof schema> {}

export const Event = resource<Event>({
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  scope: "Namespaced",
  schema,
});
