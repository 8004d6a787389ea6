// The columns of `kubectl get events`, for both kinds of events. It refuses to sort: kubectl does.
import type { Column, KubeObject } from "../../schema/resource.ts";
import { age } from "../columns.ts";
import type { EventSource } from "./event-source.ts";
import type { ObjectReference } from "./object-reference.ts";

/** What the columns need, by core's names. */
export interface ShownEvent {
  readonly about: ObjectReference;
  readonly source: EventSource;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly count: number;
}

/** `pod/p`, or the kind alone where the object has no name. */
const objectText = ({ kind = "", name = "" }: ObjectReference) =>
  name === "" ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;

/** `kubelet, node-1`: older events name a source, newer ones a controller and its instance. */
function sourceText({ source, reportingController, reportingInstance }: ShownEvent): string {
  const host = source.host || reportingInstance;
  const component = source.component || reportingController;
  return host === "" ? component : `${component}, ${host}`;
}

/** `shown` reads an event of the kind. */
export function eventColumns<T extends KubeObject>(shown: (event: T) => ShownEvent): readonly Column<T>[] {
  return [
    {
      name: "Last Seen",
      type: "string",
      doc: "How long ago it last happened.",
      cell: (e, { now }) => age(shown(e).last, now),
    },
    { name: "Type", type: "string", doc: "Normal or Warning.", cell: (e) => shown(e).type },
    { name: "Reason", type: "string", doc: "Why, as one word.", cell: (e) => shown(e).reason },
    { name: "Object", type: "string", doc: "What it is about.", cell: (e) => objectText(shown(e).about) },
    {
      name: "Subobject",
      type: "string",
      priority: 1,
      doc: "Which part of it.",
      cell: (e) => shown(e).about.fieldPath ?? "",
    },
    { name: "Source", type: "string", priority: 1, doc: "Who saw it.", cell: (e) => sourceText(shown(e)) },
    { name: "Message", type: "string", doc: "What happened.", cell: (e) => shown(e).message.trim() },
    {
      name: "First Seen",
      type: "string",
      priority: 1,
      doc: "How long ago it first happened.",
      cell: (e, { now }) => age(shown(e).first, now),
    },
    { name: "Count", type: "string", priority: 1, doc: "How often it happened.", cell: (e) => shown(e).count },
    {
      name: "Name",
      type: "string",
      format: "name",
      priority: 1,
      doc: "The event's name.",
      cell: (e) => e.metadata.name ?? "",
    },
  ];
}
