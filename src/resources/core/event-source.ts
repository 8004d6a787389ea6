// Who saw an event, as both Event kinds hold it.
import { object, optional, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const EventSource = object("k8s.io.api.core.v1.EventSource", {
  component: optional(1, string(), "The component."),
  host: optional(2, string(), "The node that it runs on."),
});
export interface EventSource extends ValueIn<typeof EventSource> {}
