// The general encoder: decodes what is kept, brings it into the version and shape asked for, and writes JSON, YAML or
// protobuf. It refuses to be fast where json-objects.ts can do the same.
import { writeJson } from "../../schema/write.ts";
import { withRevision } from "../watch-cache/kept.ts";
import type { Status } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import { workedKept } from "../kinds.ts";
import type { ServedKind } from "../kinds.ts";
import { JSON_TYPE, PROTOBUF_TYPE, YAML_TYPE } from "../negotiation.ts";
import type { Accepted } from "../negotiation.ts";
import type { Kept } from "../watch-cache/kept.ts";
import type { Seen } from "../watch-cache/watcher.ts";
import { bookmarkMetadata, pieces } from "./encoder.ts";
import type { Encoder, ListMeta } from "./encoder.ts";
import { jsonFailure, jsonObjects } from "./json-objects.ts";
import { PieceBuffers } from "./piece-buffers.ts";
import { KeptMessages, protobufObjects } from "./protobuf.ts";
import { partialMetadata } from "./partial-metadata.ts";
import { tableShape } from "./table-shape.ts";
import type { IncludeObject } from "./table-shape.ts";
import { jsonListParts, prettyListParts, yamlListParts } from "./list-parts.ts";
import { yamlOf } from "./yaml.ts";

/** What a shape makes of objects: values whose JSON is the answer. */
export interface ShapeOf {
  readonly id: string;
  one(object: KubeObject): object;
  /** A list without its items, which stand under `itemsIn` at its end. */
  head(meta: ListMeta): object;
  readonly itemsIn: "items" | "rows";
  item(object: KubeObject): object;
  /** Without items the list says null, as upstream. */
  readonly nullWhenEmpty?: boolean;
  /** For watches: shapes may say less after the first event. */
  event(object: KubeObject): object;
}

export interface ValueOptions {
  readonly served: ServedKind;
  readonly accepted: Accepted;
  readonly includeObject: IncludeObject;
  readonly pretty: boolean;
  readonly now: number;
}

const NO_ITEMS: readonly [] = [];

export function values(options: ValueOptions): Encoder {
  const { served, accepted, pretty } = options;
  const shape = shapeOf(options);
  const asked = (kept: Kept, revision = kept.revision) => {
    const worked = workedKept(served, kept);
    const shown = served.fromWorked?.(worked) ?? worked;
    return revision === kept.revision ? shown : withRevision(shown, revision);
  };
  const text = (value: object) =>
    Buffer.from(
      accepted.media === YAML_TYPE
        ? yamlOf(value)
        : pretty
          ? `${JSON.stringify(value, null, 2)}\n`
          : `${JSON.stringify(value)}\n`,
    );
  const frame = (type: string, value: object) => Buffer.from(`${JSON.stringify({ type, object: value })}\n`);
  return {
    contentType: accepted.media,
    streamType: accepted.media,
    one: (kept) => text(shape.one(asked(kept))),
    value: (object) => text(shape.one(served.fromWorked?.(object) ?? object)),
    ...(accepted.media === YAML_TYPE && { plain: (kept: Kept) => JSON.stringify(shape.one(asked(kept))) }),
    list(meta, items) {
      const parts = accepted.media === YAML_TYPE ? yamlListParts : pretty ? prettyListParts : jsonListParts;
      const empty = items.length === 0 && shape.nullWhenEmpty ? null : NO_ITEMS;
      const shown = function* () {
        for (const kept of items) yield shape.item(asked(kept));
      };
      // Each of these is decoded and written: a few of them are a stretch already.
      return pieces(parts({ head: shape.head(meta), itemsIn: shape.itemsIn, empty }, shown()), 1);
    },
    event({ type, kept, revision, event }: Seen) {
      const make = () => frame(type, shape.event(asked(kept, revision)));
      return event === undefined || shape.id === "table"
        ? make()
        : event.frame(`${shape.id} ${served.apiVersion} ${accepted.shapeVersion} ${type}`, make);
    },
    bookmark: (revision, initialEnd) =>
      frame(
        "BOOKMARK",
        shape.event({
          apiVersion: served.apiVersion,
          kind: served.resource.kind,
          metadata: bookmarkMetadata(revision, initialEnd) as KubeObject["metadata"],
        }),
      ),
    failure: (status: Status) => jsonFailure(status),
  };
}

function shapeOf(options: ValueOptions): ShapeOf {
  const { served, accepted } = options;
  if (accepted.shape === "Table") return tableShape(options);
  if (accepted.shape !== "Object") return metadataShape(served.resource, `meta.k8s.io/${accepted.shapeVersion}`);
  const whole = (object: KubeObject) => JSON.parse(writeJson(served.schema, object)) as object;
  return {
    id: "object",
    one: whole,
    event: whole,
    head: (meta) => ({
      kind: served.resource.listKind,
      apiVersion: served.apiVersion,
      // Lists of custom resources say that nothing follows, and of each item what it is.
      metadata: served.schema.untyped ? { continue: "", ...meta } : meta,
    }),
    itemsIn: "items",
    item(object) {
      if (served.schema.untyped) return whole(object);
      const { kind: _k, apiVersion: _a, ...item } = whole(object) as KubeObject;
      return item;
    },
  };
}

/** PartialObjectMetadata, and its list; an empty list has null items, as upstream. */
function metadataShape(resource: Resource, apiVersion: string): ShapeOf {
  const partial = (object: KubeObject) => ({
    kind: "PartialObjectMetadata",
    apiVersion,
    metadata: partialMetadata(resource, object),
  });
  return {
    id: "metadata",
    one: partial,
    event: partial,
    head: (meta) => ({ kind: "PartialObjectMetadataList", apiVersion, metadata: meta }),
    itemsIn: "items",
    item: partial,
    nullWhenEmpty: true,
  };
}

/** What the encoders of one server share and keep. */
export class Encodings {
  /** Protobuf messages that were made already. */
  readonly messages = new KeptMessages();
  readonly buffers = new PieceBuffers();
  /** Those that depend on nothing but the kind. */
  readonly json = new WeakMap<ServedKind, Encoder>();
}

/** The encoder for one request. */
export function encoderFor(options: ValueOptions, encodings: Encodings): Encoder {
  const { served, accepted, pretty } = options;
  const asStored =
    served.fromStored === undefined && served.fromWorked === undefined && served.conversion === undefined;
  if (accepted.media === PROTOBUF_TYPE) return protobufObjects(served, accepted, encodings);
  if (accepted.media !== JSON_TYPE || accepted.shape !== "Object" || !asStored || pretty) return values(options);
  let encoder = encodings.json.get(served);
  if (encoder === undefined) encodings.json.set(served, (encoder = jsonObjects(served, encodings.buffers)));
  return encoder;
}
