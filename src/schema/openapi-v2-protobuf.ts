// The OpenAPI 2.0 document as a protobuf message, `openapi.v2.Document` of google/gnostic, as clients ask for it with
// `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`. It refuses to carry what our documents do not have.
// Maps are lists of name and value there; extensions and defaults are YAML text, for which JSON will do.
import { BYTES, FIXED64, ProtobufWriter, VARINT } from "../wire/protobuf/codec.ts";
import { isJsonObject } from "./freeze.ts";
import type { JsonObject } from "./node.ts";
import { drained } from "./openapi-v2.ts";

/** What the Content-Type of the answer is (the `@` of the Accept header is a dot in it). */
export const OPENAPI_V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

type Write = (writer: ProtobufWriter, value: JsonObject) => void;

/** `document` is what openapiV2 made. */
export function openapiV2Protobuf(document: JsonObject): Uint8Array<ArrayBuffer> {
  return drained(openapiV2ProtobufInSteps(document));
}

/** How many paths or definitions are written in one step. */
const STEP = 50;

/** The same piece by piece (see openapiV2InSteps). */
export function* openapiV2ProtobufInSteps(document: JsonObject): Generator<undefined, Uint8Array<ArrayBuffer>> {
  const w = new ProtobufWriter(1 << 20);
  text(w, 1, document["swagger"]);
  message(w, 2, document["info"], (inner, info) => {
    text(inner, 1, info["title"]);
    text(inner, 2, info["version"]);
  });
  yield* namedInSteps(w, 8, 2, document["paths"], pathItem);
  yield* namedInSteps(w, 9, 1, document["definitions"], schema);
  for (const requirement of listOf(document["security"])) {
    message(w, 12, requirement, (inner, schemes) => {
      for (const [name, scopes] of Object.entries(schemes)) {
        inner.message(1, (entry) => {
          text(entry, 1, name);
          entry.message(2, (array) => texts(array, 1, scopes));
        });
      }
    });
  }
  message(w, 13, document["securityDefinitions"], (inner, schemes) =>
    named(inner, 1, schemes, (item, scheme) =>
      message(item, 2, scheme, (key, { type, name, in: where, description }) => {
        text(key, 1, type);
        text(key, 2, name);
        text(key, 3, where);
        text(key, 4, description);
      }),
    ),
  );
  return w.finish();
}

const VERBS: readonly (readonly [verb: string, field: number])[] = [
  ["get", 2],
  ["put", 3],
  ["post", 4],
  ["delete", 5],
  ["options", 6],
  ["head", 7],
  ["patch", 8],
];

const pathItem: Write = (w, item) => {
  for (const [verb, field] of VERBS) message(w, field, item[verb], operation);
  for (const parameter of listOf(item["parameters"])) message(w, 9, parameter, parametersItem);
};

const operation: Write = (w, value) => {
  texts(w, 1, value["tags"]);
  text(w, 3, value["description"]);
  text(w, 5, value["operationId"]);
  texts(w, 6, value["produces"]);
  texts(w, 7, value["consumes"]);
  for (const parameter of listOf(value["parameters"])) message(w, 8, parameter, parametersItem);
  message(w, 9, value["responses"], (inner, responses) =>
    named(inner, 1, responses, (item, one) => message(item, 1, one, response)),
  );
  texts(w, 10, value["schemes"]);
  extensions(w, 13, value);
};

const response: Write = (w, value) => {
  text(w, 1, value["description"]);
  const inside = value["schema"];
  if (inside !== undefined) w.message(2, (item) => message(item, 1, inside, schema));
};

const parametersItem: Write = (w, parameter) => {
  w.message(1, (item) => {
    if (parameter["in"] === "body") message(item, 1, parameter, bodyParameter);
    else item.message(2, (other) => message(other, parameter["in"] === "query" ? 3 : 4, parameter, plainParameter));
  });
};

const bodyParameter: Write = (w, parameter) => {
  text(w, 1, parameter["description"]);
  text(w, 2, parameter["name"]);
  text(w, 3, parameter["in"]);
  bool(w, 4, parameter["required"]);
  message(w, 5, parameter["schema"], schema);
};

/** In queries one more field (allowEmptyValue, 5) moves all later ones by one. */
const plainParameter: Write = (w, parameter) => {
  const query = parameter["in"] === "query" ? 1 : 0;
  bool(w, 1, parameter["required"]);
  text(w, 2, parameter["in"]);
  text(w, 3, parameter["description"]);
  text(w, 4, parameter["name"]);
  text(w, 5 + query, parameter["type"]);
  bool(w, 19 + query, parameter["uniqueItems"]);
};

const SCHEMA_INTEGERS: readonly (readonly [name: string, field: number])[] = [
  ["maxLength", 11],
  ["minLength", 12],
  ["maxItems", 14],
  ["minItems", 15],
  ["maxProperties", 17],
  ["minProperties", 18],
];

const schema: Write = (w, value) => {
  text(w, 1, value["$ref"]);
  text(w, 2, value["format"]);
  text(w, 4, value["description"]);
  any(w, 5, value["default"]);
  double(w, 6, value["multipleOf"]);
  double(w, 7, value["maximum"]);
  bool(w, 8, value["exclusiveMaximum"]);
  double(w, 9, value["minimum"]);
  bool(w, 10, value["exclusiveMinimum"]);
  text(w, 13, value["pattern"]);
  for (const [name, field] of SCHEMA_INTEGERS) integer(w, field, value[name]);
  texts(w, 19, value["required"]);
  for (const one of Array.isArray(value["enum"]) ? (value["enum"] as readonly unknown[]) : []) any(w, 20, one);
  const others = value["additionalProperties"];
  if (isJsonObject(others)) w.message(21, (item) => message(item, 1, others, schema));
  else if (typeof others === "boolean") w.message(21, (item) => bool(item, 2, others));
  if (typeof value["type"] === "string") w.message(22, (item) => text(item, 1, value["type"]));
  const items = value["items"];
  if (items !== undefined) w.message(23, (item) => message(item, 1, items, schema));
  message(w, 25, value["properties"], (inner, properties) => named(inner, 1, properties, schema));
  extensions(w, 31, value);
};

function message(w: ProtobufWriter, field: number, value: unknown, write: Write): void {
  if (isJsonObject(value)) w.message(field, (inner) => write(inner, value));
}

/** A map as a list of messages {name = 1, value = 2}. */
function named(w: ProtobufWriter, field: number, map: JsonObject, write: Write): void {
  for (const [name, value] of Object.entries(map)) {
    w.message(field, (entry) => {
      text(entry, 1, name);
      message(entry, 2, value, write);
    });
  }
}

/** A message `field` that is nothing but a map in its field `inner`. */
function* namedInSteps(
  w: ProtobufWriter,
  field: number,
  inner: number,
  map: unknown,
  write: Write,
): Generator<undefined, void> {
  if (!isJsonObject(map)) return;
  const entries = Object.entries(map);
  const mark = w.fork(field);
  for (let i = 0; i < entries.length; i += STEP) {
    named(w, inner, Object.fromEntries(entries.slice(i, i + STEP)), write);
    yield;
  }
  w.join(mark);
}

function extensions(w: ProtobufWriter, field: number, object: JsonObject): void {
  for (const [name, value] of Object.entries(object)) {
    if (!name.startsWith("x-")) continue;
    w.message(field, (entry) => {
      text(entry, 1, name);
      any(entry, 2, value);
    });
  }
}

/** Any value, as YAML. */
function any(w: ProtobufWriter, field: number, value: unknown): void {
  if (value !== undefined) w.message(field, (inner) => text(inner, 2, `${JSON.stringify(value)}\n`));
}

function text(w: ProtobufWriter, field: number, value: unknown): void {
  if (typeof value !== "string" || value === "") return;
  w.tag(field, BYTES);
  w.string(value);
}

function texts(w: ProtobufWriter, field: number, values: unknown): void {
  if (!Array.isArray(values)) return;
  for (const value of values as readonly string[]) {
    w.tag(field, BYTES);
    w.string(value);
  }
}

function bool(w: ProtobufWriter, field: number, value: unknown): void {
  if (value !== true) return;
  w.tag(field, VARINT);
  w.bool(true);
}

function integer(w: ProtobufWriter, field: number, value: unknown): void {
  if (typeof value !== "number" || value === 0) return;
  w.tag(field, VARINT);
  w.varint(value);
}

function double(w: ProtobufWriter, field: number, value: unknown): void {
  if (typeof value !== "number" || value === 0) return;
  w.tag(field, FIXED64);
  w.double(value);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
