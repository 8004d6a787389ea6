// What a schema is made of: nodes (the type of a value) and fields (a node's place in an object). It refuses to do anything:
// every operation is a walk in a file of its own (default.ts, prune.ts, validate.ts, protobuf.ts, …) that switches over `node.type`.
//
// Values have the shape of their JSON: quantity, time, bytes and int64 are what JSON shows (string, string, base64 string,
// number), absence is a missing key. Objects read from a cache are frozen, so their types are readonly throughout.
//
// Example:
//   export const Handle = object("k8s.io.api.example.v1.Handle", {
//     name: required(1, string({ format: "dns1123Label" }), "Names the handle within its list."),
//     ports: optional(2, listMap(Port, ["port", "protocol"]), "Where it listens.", { merge: { key: "port" } }),
//     weight: pointer(3, int32({ minimum: 0, maximum: 100 }), "Its share; 1 if left out.", { default: 1 }),
//   });
//   export interface Handle extends ValueIn<typeof Handle> {}
import type { FormatName } from "../base/formats.ts";

export interface StringFacts {
  readonly enum?: readonly string[];
  /** The values of `enum` in the order of the message, where that is not the alphabet's. */
  readonly told?: readonly string[];
  /** A named format of base/formats.ts; its messages are Kubernetes' own. */
  readonly format?: FormatName;
  /** RE2 source, unanchored as in OpenAPI. */
  readonly pattern?: string;
  /** Characters (code points) for CRDs; bytes where Kubernetes counts bytes is a rule. */
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface NumberFacts {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
}

export interface ListFacts {
  /** How apply merges; absent where Kubernetes states nothing (merged as atomic). */
  readonly listType?: "atomic" | "set" | "map";
  readonly keys?: readonly string[];
  readonly minItems?: number;
  readonly maxItems?: number;
  /**
   * Validation refuses equals, which `listType` alone does not (Kubernetes takes a variable's name twice): `key` names
   * the one key of the second item (`containers[1].name`), `item` the item itself.
   */
  readonly unique?: "key" | "item";
}

export interface MapFacts {
  readonly atomic?: boolean;
  /** The format that each key must have. */
  readonly keyFormat?: FormatName;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

export interface ObjectFacts {
  /** What the object is, for OpenAPI and `explain`. */
  readonly doc?: string;
  /** Merged as a whole by apply (`x-kubernetes-map-type: atomic`). */
  readonly atomic?: boolean;
  /** Fields that rules of the kind judge, with all that is inside: the walk leaves them alone. */
  readonly unjudged?: readonly string[];
  /** Go structs inlined in JSON that are messages of their own in protobuf: tag of the message → its name. */
  readonly inline?: Readonly<Record<number, string>>;
  /** OpenAPI unions (`x-kubernetes-unions`), as facts. */
  readonly unions?: readonly { readonly discriminator?: string; readonly fields: Readonly<Record<string, string>> }[];
  /**
   * Of these fields at most one may be set; `required`: exactly one. `message` is what a field stands for, as in "must
   * specify a <volume type>"; without it the messages name the fields.
   */
  readonly oneOf?: { readonly fields: readonly string[]; readonly required: boolean; readonly message?: string };
  /** CRDs: keep unknown fields instead of pruning them. */
  readonly preserveUnknown?: boolean;
  /** CRDs: the value is a whole embedded object with apiVersion, kind and metadata. */
  readonly embedded?: boolean;
  /** CRDs: properties beyond the named ones. */
  readonly additional?: Node;
  /** CRDs, at the root: decoding checks the types of apiVersion, kind and metadata only; validation checks the others. */
  readonly untyped?: boolean;
  /** CRDs, at the root: the schema as the definition states it, which says more than nodes can. */
  readonly stated?: JsonObject;
}

declare const valueType: unique symbol;
interface Typed<T> {
  /** Exists for the compiler only: the type of the values this node describes. */
  readonly [valueType]?: T;
}

export interface StringNode<T extends string = string> extends Typed<T>, StringFacts {
  readonly type: "string";
}
export interface NumberNode extends Typed<number>, NumberFacts {
  /** int64 values beyond 2^53 are refused when decoding. */
  readonly type: "int32" | "int64" | "double";
}
export interface BooleanNode extends Typed<boolean> {
  readonly type: "boolean";
}
/** Scalars with a form of their own, all strings in memory but intOrString. `bytes` is base64. */
export interface ScalarNode<T> extends Typed<T> {
  readonly type: "bytes" | "quantity" | "time" | "microTime" | "intOrString";
}
/** Any JSON: `rawExtension` and `fieldsV1` are objects, `json` is anything. Their protobuf messages differ. */
export interface JsonNode<T> extends Typed<T> {
  readonly type: "rawExtension" | "fieldsV1" | "json";
}
export interface ListNode<N extends Node = Node> extends Typed<readonly ValueIn<N>[]>, ListFacts {
  readonly type: "list";
  readonly items: N;
  /** A list that is a message `{items: […]}` in protobuf (`ExtraValue`, `Verbs`). */
  readonly wrapper?: string;
}
export interface MapNode<N extends Node = Node> extends Typed<Readonly<Record<string, ValueIn<N>>>>, MapFacts {
  readonly type: "map";
  readonly values: N;
}
export interface ObjectNode<F extends Fields = Fields> extends Typed<Shape<F>>, ObjectFacts {
  readonly type: "object";
  /** The protobuf message, e.g. `k8s.io.api.core.v1.PodSpec`; OpenAPI's name is this with `k8s.io` turned round. */
  readonly name: string;
  readonly fields: F;
}

/** What variants tell their cases apart by. */
export type JsonKind = "object" | "list" | "boolean";

/**
 * A value of one of several types, told apart by its JSON, as of CRDs' `JSONSchemaPropsOrBool`. In protobuf it is a
 * message with a field for each case. Merged as a whole by apply.
 */
export interface VariantNode<T = unknown> extends Typed<T> {
  readonly type: "variant";
  /** The protobuf message. */
  readonly name: string;
  readonly cases: Readonly<Partial<Record<JsonKind, { readonly node: Node; readonly tag: number }>>>;
}

/** An object whose type is stated beside it, because it contains itself: its fields are a getter. */
export type RecursiveNode<T> = Omit<AnyObjectNode, typeof valueType> & Typed<T>;

/** Any node. `ValueIn<N>` is the type of its values. */
export type Node =
  | StringNode
  | NumberNode
  | BooleanNode
  | ScalarNode<string>
  | ScalarNode<string | number>
  | JsonNode<unknown>
  | JsonNode<JsonObject>
  | VariantNode
  | AnyListNode
  | AnyMapNode
  | AnyObjectNode;

/** The recursive nodes with their parameter erased, so that `Node` can name itself. */
interface AnyListNode extends Typed<readonly unknown[]>, ListFacts {
  readonly type: "list";
  readonly items: Node;
  readonly wrapper?: string;
}
interface AnyMapNode extends Typed<Readonly<Record<string, unknown>>>, MapFacts {
  readonly type: "map";
  readonly values: Node;
}
export interface AnyObjectNode extends Typed<unknown>, ObjectFacts {
  readonly type: "object";
  readonly name: string;
  readonly fields: Fields;
}

export type JsonObject = { readonly [key: string]: unknown };

export interface FieldFacts {
  /** OpenAPI lists it as required. Set by {@link required}. */
  readonly required?: boolean;
  /**
   * Validation refuses absence or emptiness with "Required value"; text is the detail after the colon.
   * Default: as `required`, for strings, and objects that are pointers. Lists and numbers must ask for it.
   */
  readonly demanded?: boolean | string;
  /**
   * A rule of the kind judges this field, in its own words or order: the walk skips what the facts say of the value
   * itself (they are still OpenAPI's) and goes on with its children.
   */
  readonly judgedByRule?: boolean;
  /** What is wrong with this field is told after all else, as upstream's declarative rules are. */
  readonly toldLast?: boolean;
  /** Written even when empty or zero (a Go field without `omitempty`). Set by {@link required}. */
  readonly always?: boolean;
  /** A Go pointer: absent and zero are told apart. Set by {@link pointer}. */
  readonly pointer?: boolean;
  /** A given empty list or map is no absence: its default must not take its place. It is not written all the same. */
  readonly emptyIsGiven?: boolean;
  /** Null is a value of its own here, in a custom resource; elsewhere it is absence. */
  readonly nullable?: boolean;
  /** Absent from JSON when zero though a plain struct (`omitzero`). */
  readonly omitZero?: boolean;
  /** The default: a constant, or a pure function, idempotent in one pass (fields run in the order declared, inner objects first). */
  readonly default?: unknown | ((parent: never, root: never) => unknown);
  /** Cannot change once the object exists; text is the message if it is not "field is immutable". */
  readonly immutable?: boolean | string;
  /** Strategic merge patch: the strategies and, for lists of objects, the key. */
  readonly merge?: { readonly strategy?: readonly ("merge" | "replace" | "retainKeys")[]; readonly key?: string };
  /** The feature gate without which the field is dropped from what users send. */
  readonly gate?: string;
  /** The field's name in protobuf text, where it differs from JSON. */
  readonly protoName?: string;
}

/** A tag in the message, `[message tag, tag]` where JSON inlines a nested message (ObjectFacts.inline), null outside protobuf. */
export type Tag = number | readonly [number, number, ...number[]] | null;

export interface Field<N extends Node = Node, Present extends boolean = boolean> extends FieldFacts {
  readonly node: N;
  readonly tag: Tag;
  /** One short line for OpenAPI and `explain`. */
  readonly doc: string;
  /** Exists for the compiler only. */
  readonly present?: Present;
}

/** The fields of an object by JSON name, in the order of the wire declaration (which is their order in JSON). */
export type Fields = Readonly<Record<string, Field>>;

export type ValueIn<N> = N extends { readonly [valueType]?: infer T } ? Exclude<T, undefined> : never;

type PresentKeys<F> = { [K in keyof F]: F[K] extends Field<Node, true> ? K : never }[keyof F];
type FieldValue<F> = F extends { readonly node: infer N } ? ValueIn<N> : never;

/** The type of an object with these fields. */
export type Shape<F> = { readonly [K in PresentKeys<F>]: FieldValue<F[K]> } & {
  readonly [K in Exclude<keyof F, PresentKeys<F>>]?: FieldValue<F[K]> | undefined;
};

export function string(): StringNode;
export function string<const E extends readonly string[]>(facts: StringFacts & { enum: E }): StringNode<E[number]>;
export function string(facts?: StringFacts): StringNode;
export function string(facts: StringFacts = {}): StringNode {
  return { type: "string", ...facts };
}
export const int32 = (facts: NumberFacts = {}): NumberNode => ({ type: "int32", ...facts });
export const int64 = (facts: NumberFacts = {}): NumberNode => ({ type: "int64", ...facts });
export const double = (facts: NumberFacts = {}): NumberNode => ({ type: "double", ...facts });
export const boolean = (): BooleanNode => ({ type: "boolean" });
export const bytes = (): ScalarNode<string> => ({ type: "bytes" });
export const quantity = (): ScalarNode<string> => ({ type: "quantity" });
export const time = (): ScalarNode<string> => ({ type: "time" });
export const microTime = (): ScalarNode<string> => ({ type: "microTime" });
export const intOrString = (): ScalarNode<string | number> => ({ type: "intOrString" });
export const rawExtension = (): JsonNode<JsonObject> => ({ type: "rawExtension" });
export const fieldsV1 = (): JsonNode<JsonObject> => ({ type: "fieldsV1" });
export const json = (): JsonNode<unknown> => ({ type: "json" });

export function list<const N extends Node>(items: N, facts: ListFacts & { wrapper?: string } = {}): ListNode<N> {
  return { type: "list", items, ...facts };
}
/** A list that apply replaces as a whole, and says so in OpenAPI. */
export function listAtomic<const N extends Node>(items: N, facts: ListFacts = {}): ListNode<N> {
  return { type: "list", items, listType: "atomic", ...facts };
}
export function listSet<const N extends Node>(items: N, facts: ListFacts = {}): ListNode<N> {
  return { type: "list", items, listType: "set", ...facts };
}
/** A list of objects that apply merges by `keys`. */
export function listMap<const N extends Node>(items: N, keys: readonly string[], facts: ListFacts = {}): ListNode<N> {
  return { type: "list", items, listType: "map", keys, ...facts };
}
export function map<const N extends Node>(values: N, facts: MapFacts = {}): MapNode<N> {
  return { type: "map", values, ...facts };
}
/** `cases`: tag and node of each. */
export function variant<T>(
  name: string,
  cases: Readonly<Partial<Record<JsonKind, readonly [tag: number, node: Node]>>>,
): VariantNode<T> {
  const entries = Object.entries(cases).map(([kind, [tag, node]]) => [kind, { tag, node }] as const);
  return { type: "variant", name, cases: Object.fromEntries(entries) };
}
export function object<const F extends Fields>(name: string, fields: F, facts: ObjectFacts = {}): ObjectNode<F> {
  return { type: "object", name, fields, ...facts };
}

/** A plain value that may be left out when zero. Lists, maps, plain structs (always at least `{}` in JSON), Go values with omitempty. */
export function optional<N extends Node>(tag: Tag, node: N, doc: string, facts: FieldFacts = {}): Field<N, false> {
  return { tag, node, doc, ...facts };
}
/** A plain struct: JSON always has it, at least as `{}` (`spec`, `status`), so its type is never undefined. */
export function plain<N extends Node>(tag: Tag, node: N, doc: string, facts: FieldFacts = {}): Field<N, true> {
  return { tag, node, doc, ...facts };
}
/** A value whose absence differs from its zero. */
export function pointer<N extends Node>(tag: Tag, node: N, doc: string, facts: FieldFacts = {}): Field<N, false> {
  return { tag, node, doc, pointer: true, ...facts };
}
/** A value that OpenAPI requires and that is always written. `{ always: false }` for required fields with omitempty. */
export function required<N extends Node>(tag: Tag, node: N, doc: string, facts: FieldFacts = {}): Field<N, true> {
  return { tag, node, doc, required: true, always: true, ...facts };
}
