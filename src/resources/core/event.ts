// Event: what happened to an object, as core/v1 tells it. events.k8s.io shows the same objects.
import { int32, microTime, object, optional, pointer, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { ObjectMeta, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ObjectReference } from "./object-reference.ts";
import { EventSource } from "./event-source.ts";

export const EventSeries = object("k8s.io.api.core.v1.EventSeries", {
  count: optional(1, int32(), "How often it was seen."),
  lastObservedTime: optional(2, microTime(), "When it was last seen."),
});
export interface EventSeries extends ValueIn<typeof EventSeries> {}

const schema = object("k8s.io.api.core.v1.Event", {
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
});
export interface Event extends ValueIn<typeof schema> {}

export const Event = resource<Event>({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  scope: "Namespaced",
  schema,
});
