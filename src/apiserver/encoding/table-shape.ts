// Objects as rows of a Table, what `kubectl get` shows. It refuses to know columns: each Resource has its own.
// Specification: Kubernetes API concepts, "Receiving resources as Tables".
import { badRequest } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import type { ServedKind } from "../kinds.ts";
import type { Accepted } from "../negotiation.ts";
import type { ListMeta } from "./encoder.ts";
import { partialMetadata } from "./partial-metadata.ts";
import type { ShapeOf } from "./values.ts";
import { writeJson } from "../../schema/write.ts";
import { ageColumn, nameColumn } from "../../resources/columns.ts";

export type IncludeObject = "None" | "Metadata" | "Object";

/** Reads the query parameter `includeObject`. */
export function includeObjectOf(text: string | null): IncludeObject {
  if (text === null || text === "") return "Metadata";
  if (text === "None" || text === "Metadata" || text === "Object") return text;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** Rows of what has ended are marked: clients may hide them. */
function conditionsOf(object: KubeObject): readonly object[] | undefined {
  if (object.kind !== "Pod") return undefined;
  const { phase } = (object as unknown as { readonly status?: { readonly phase?: string } }).status ?? {};
  if (phase === "Succeeded")
    return [{ type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." }];
  if (phase === "Failed") return [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }];
  return undefined;
}

interface Options {
  readonly served: ServedKind;
  readonly accepted: Accepted;
  readonly includeObject: IncludeObject;
  readonly now: number;
}

/** A watch gives the column definitions with its first event only, and null afterwards. */
export function tableShape({ served, accepted, includeObject, now }: Options): ShapeOf {
  const { resource } = served;
  const apiVersion = `meta.k8s.io/${accepted.shapeVersion}`;
  const columns: Resource["columns"] = resource.columns.length > 0 ? resource.columns : [nameColumn, ageColumn];
  const definitions = columns.map(({ name, type, format = "", doc, priority = 0 }) => ({
    name,
    type,
    format,
    description: doc,
    priority,
  }));
  const included = (object: KubeObject) => {
    if (includeObject === "None") return null;
    if (includeObject === "Object") return JSON.parse(writeJson(served.schema, object)) as object;
    return { kind: "PartialObjectMetadata", apiVersion, metadata: partialMetadata(resource, object) };
  };
  const row = (object: KubeObject) => {
    const conditions = conditionsOf(object);
    return {
      cells: columns.map((column) => column.cell(object, { now })),
      ...(conditions && { conditions }),
      object: included(object),
    };
  };
  const head = (meta: object, withColumns: boolean) => ({
    kind: "Table",
    apiVersion,
    metadata: meta,
    columnDefinitions: withColumns ? definitions : null,
  });
  const single = (object: KubeObject, withColumns: boolean) => ({
    ...head(metaOf(object), withColumns),
    rows: [row(object)],
  });
  const metaOf = (object: KubeObject) => ({ resourceVersion: object.metadata.resourceVersion });
  let first = true;
  return {
    id: "table",
    one: (object) => single(object, true),
    head: (meta: ListMeta) => head(meta, true),
    itemsIn: "rows",
    item: row,
    event(object) {
      const withColumns = first;
      first = false;
      return single(object, withColumns);
    },
  };
}
