// Nodes as OpenAPI schemas: one definition for each named object, the same walk for version 2 and version 3 and for the
// schemas of CRDs, which are inlined. It refuses to know paths and operations.
import { listNodeOf } from "./openapi-lists.ts";
import type { AnyObjectNode, Field, JsonObject, Node } from "./node.ts";
import { publishedKind } from "./openapi-custom.ts";

/** Where the dialects differ. `structural`: everything inline, as in a CRD. */
export type Dialect = "v2" | "v3" | "structural";

/** A kind as `x-kubernetes-group-version-kind` names it. */
export interface GroupVersionKind {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
}

const KINDS = "x-kubernetes-group-version-kind";
const UTIL = "io.k8s.apimachinery.pkg";

/** `k8s.io.api.core.v1.PodSpec` → `io.k8s.api.core.v1.PodSpec`; names of CRDs stay. */
export function definitionName(messageName: string): string {
  const rest = messageName.startsWith("k8s.io.") ? messageName.slice("k8s.io.".length) : undefined;
  return rest === undefined
    ? messageName
    : `io.k8s.${rest.replace(/^[^.]+(?=\.)/, (room) => room.replaceAll("_", "-"))}`;
}

/** The scalars that have a definition of their own: name, and what it is in each dialect. */
const NAMED: Readonly<Partial<Record<Node["type"], { name: string; doc: string; v2: JsonObject; v3: JsonObject }>>> = {
  time: same(`${UTIL}.apis.meta.v1.Time`, "A point in time as RFC 3339 writes it.", {
    type: "string",
    format: "date-time",
  }),
  microTime: same(`${UTIL}.apis.meta.v1.MicroTime`, "A point in time with microseconds.", {
    type: "string",
    format: "date-time",
  }),
  rawExtension: same(`${UTIL}.runtime.RawExtension`, "Any object.", { type: "object" }),
  fieldsV1: same(`${UTIL}.apis.meta.v1.FieldsV1`, "A set of fields, as a tree of `f:`, `k:`, `v:` and `.` keys.", {
    type: "object",
  }),
  json: same("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", "Any JSON value.", {}),
  quantity: {
    name: `${UTIL}.api.resource.Quantity`,
    doc: "A number with a unit suffix, such as 100m or 2Gi.",
    v2: { type: "string" },
    v3: { oneOf: [{ type: "string" }, { type: "number" }] },
  },
  intOrString: {
    name: `${UTIL}.util.intstr.IntOrString`,
    doc: "A number or a text, such as a percentage or a name.",
    v2: { type: "string", format: "int-or-string" },
    v3: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
};

function same(name: string, doc: string, schema: JsonObject) {
  return { name, doc, v2: schema, v3: schema };
}

const STRUCTURAL: Readonly<Partial<Record<Node["type"], JsonObject>>> = {
  time: { type: "string", format: "date-time" },
  microTime: { type: "string", format: "date-time" },
  quantity: { "x-kubernetes-int-or-string": true, format: "quantity" },
  intOrString: { "x-kubernetes-int-or-string": true },
  rawExtension: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  fieldsV1: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  json: { "x-kubernetes-preserve-unknown-fields": true },
};

/** Collects definitions while schemas are made. */
export class Definitions {
  readonly #dialect: Dialect;
  readonly #made = new Map<string, JsonObject>();
  /** The objects being written inline. */
  readonly #open = new Set<AnyObjectNode>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  has(name: string): boolean {
    return this.#made.has(name);
  }

  /** Adds an object and all that it refers to; returns its definition's name. */
  add(node: AnyObjectNode, kinds?: readonly GroupVersionKind[]): string {
    const name = definitionName(node.name);
    if (!this.#made.has(name)) {
      // Recursive types meet themselves: the name is taken before the body is made.
      this.#made.set(name, {});
      this.#made.set(name, this.#object(node));
    }
    const made = this.#made.get(name)!;
    if (kinds && !(KINDS in made)) this.#made.set(name, { ...made, [KINDS]: kinds });
    return name;
  }

  /** Adds the list of a kind; returns its definition's name. */
  addList(node: AnyObjectNode, kind: GroupVersionKind): string {
    return this.add(listNodeOf(node, kind.kind), [{ ...kind, kind: `${kind.kind}List` }]);
  }

  /** Adds a definition that no node describes. */
  addPlain(name: string, schema: JsonObject): string {
    this.#made.set(name, schema);
    return name;
  }

  /** By name. */
  get all(): JsonObject {
    return Object.fromEntries([...this.#made].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  ref(name: string): JsonObject {
    return { $ref: `#/${this.#dialect === "v2" ? "definitions" : "components/schemas"}/${name}` };
  }

  /** The schema of a value where it stands. */
  schemaOf(node: Node): JsonObject {
    switch (node.type) {
      case "string":
        return { type: "string", ...stringFacts(node) };
      case "bytes":
        return { type: "string", format: "byte" };
      case "boolean":
        return { type: "boolean" };
      case "int32":
      case "int64":
        return { type: "integer", format: node.type, ...numberFacts(node) };
      case "double":
        return { type: "number", format: "double", ...numberFacts(node) };
      case "list":
        return { type: "array", items: this.#inPlace(node.items, this.#itemDefault(node.items)), ...listFacts(node) };
      case "map":
        return {
          type: "object",
          additionalProperties: this.#inPlace(node.values, this.#itemDefault(node.values)),
          ...mapFacts(node),
        };
      case "variant": {
        const name = definitionName(node.name);
        if (!this.#made.has(name)) this.#made.set(name, { description: "One of several types." });
        return this.#dialect === "structural" ? {} : this.ref(name);
      }
      case "object":
        return this.#dialect === "structural" || node.name === "" ? this.#inline(node) : this.ref(this.add(node));
      default:
        return this.#scalar(node);
    }
  }

  #scalar(node: Node): JsonObject {
    if (this.#dialect === "structural") return STRUCTURAL[node.type] ?? {};
    const named = NAMED[node.type]!;
    if (!this.#made.has(named.name)) this.#made.set(named.name, { description: named.doc, ...named[this.#dialect] });
    return this.ref(named.name);
  }

  /** Version 3 states the zero of plain items, as upstream's generator does. */
  #itemDefault(node: Node): unknown {
    if (this.#dialect !== "v3") return undefined;
    return zeroOf(node);
  }

  /** Siblings of a $ref are lost in version 2 and need allOf in version 3. */
  #inPlace(node: Node, byDefault: unknown, doc = "", facts: JsonObject = {}): JsonObject {
    const schema = this.schemaOf(node);
    const extra = {
      ...(doc && { description: doc }),
      ...(byDefault !== undefined && { default: byDefault }),
      ...facts,
    };
    if (!("$ref" in schema)) return { ...extra, ...schema, ...facts };
    if (this.#dialect === "v2") {
      const { default: _lost, ...rest } = extra as JsonObject & { default?: unknown };
      return { ...rest, ...schema };
    }
    return Object.keys(extra).length > 0 ? { ...extra, allOf: [schema] } : schema;
  }

  #inline(node: AnyObjectNode): JsonObject {
    if (this.#open.has(node)) throw new RangeError(`${node.name} contains itself and cannot be written inline`);
    this.#open.add(node);
    const schema = this.#object(node);
    this.#open.delete(node);
    return schema;
  }

  #object(node: AnyObjectNode): JsonObject {
    if (node.stated !== undefined && this.#dialect !== "structural") return this.#custom(node, node.stated);
    const entries = Object.entries(node.fields);
    const properties = Object.fromEntries(
      entries.map(([name, field]) => [name, this.#field(field)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    const required = entries
      .filter(([, field]) => field.required)
      .map(([name]) => name)
      .sort();
    return {
      ...(node.doc && { description: node.doc }),
      type: "object",
      ...(entries.length > 0 && { properties }),
      ...(required.length > 0 && { required }),
      ...(node.additional && { additionalProperties: this.#inPlace(node.additional, undefined) }),
      ...(node.atomic && { "x-kubernetes-map-type": "atomic" }),
      ...(node.preserveUnknown && { "x-kubernetes-preserve-unknown-fields": true }),
      ...(node.embedded && { "x-kubernetes-embedded-resource": true }),
      ...(node.unions && { "x-kubernetes-unions": node.unions.map(unionFacts) }),
    };
  }

  #custom({ fields }: AnyObjectNode, stated: JsonObject): JsonObject {
    const identity = ["apiVersion", "kind", "metadata"].map((name) => [name, this.#field(fields[name]!)] as const);
    return publishedKind(stated, this.#dialect as "v2" | "v3", Object.fromEntries(identity));
  }

  #field(field: Field): JsonObject {
    const { merge, pointer, node } = field;
    const constant = typeof field.default === "function" ? undefined : field.default;
    const zero =
      this.#dialect === "v3" && !pointer && (field.required || node.type === "object" || node.type === "time")
        ? zeroOf(node)
        : undefined;
    return this.#inPlace(node, constant ?? zero, field.doc, {
      ...(merge?.key && { "x-kubernetes-patch-merge-key": merge.key }),
      ...(merge?.strategy
        ? { "x-kubernetes-patch-strategy": merge.strategy.join(",") }
        : merge?.key
          ? { "x-kubernetes-patch-strategy": "merge" }
          : {}),
    });
  }
}

/** The default of a Go value that is no pointer; undefined for lists and maps. */
function zeroOf(node: Node): unknown {
  switch (node.type) {
    case "string":
      return "";
    case "boolean":
      return false;
    case "int32":
    case "int64":
    case "double":
      return 0;
    case "object":
    case "time":
    case "microTime":
    case "rawExtension":
      return {};
    default:
      return undefined;
  }
}

const stringFacts = ({
  enum: values,
  format,
  pattern,
  minLength,
  maxLength,
}: Node & { type: "string" }): JsonObject => ({
  ...(values && { enum: [...values].sort() }),
  ...(format && PUBLIC_FORMATS.has(format) && { format }),
  ...(pattern !== undefined && { pattern }),
  ...(minLength !== undefined && { minLength }),
  ...(maxLength !== undefined && { maxLength }),
});

/** Formats that OpenAPI knows; those of Kubernetes' own names are validation's business. */
const PUBLIC_FORMATS: ReadonlySet<string> = new Set([
  "bsonobjectid",
  "uri",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "cidr",
  "mac",
  "uuid",
  "uuid3",
  "uuid4",
  "uuid5",
  "isbn",
  "isbn10",
  "isbn13",
  "creditcard",
  "ssn",
  "hexcolor",
  "rgbcolor",
  "byte",
  "password",
  "date",
  "duration",
  "datetime",
  "date-time",
  "k8s-short-name",
  "k8s-long-name",
]);

function numberFacts(node: Node & { type: "int32" | "int64" | "double" }): JsonObject {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = node;
  return {
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(exclusiveMinimum && { exclusiveMinimum }),
    ...(exclusiveMaximum && { exclusiveMaximum }),
    ...(multipleOf !== undefined && { multipleOf }),
  };
}

const listFacts = ({ listType, keys, minItems, maxItems }: Node & { type: "list" }): JsonObject => ({
  ...(minItems !== undefined && { minItems }),
  ...(maxItems !== undefined && { maxItems }),
  ...(keys && { "x-kubernetes-list-map-keys": keys }),
  ...(listType && { "x-kubernetes-list-type": listType }),
});

const mapFacts = ({ atomic, minProperties, maxProperties }: Node & { type: "map" }): JsonObject => ({
  ...(minProperties !== undefined && { minProperties }),
  ...(maxProperties !== undefined && { maxProperties }),
  ...(atomic && { "x-kubernetes-map-type": "atomic" }),
});

const unionFacts = ({ discriminator, fields }: NonNullable<AnyObjectNode["unions"]>[number]): JsonObject => ({
  ...(discriminator && { discriminator }),
  "fields-to-discriminateBy": fields,
});

/** A schema with everything inline, as a CRD would state it. Throws a RangeError on recursive types. */
export function structuralSchema(node: AnyObjectNode): JsonObject {
  return new Definitions("structural").schemaOf(node);
}
