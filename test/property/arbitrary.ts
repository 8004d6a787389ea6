// Arbitrary values of any schema node, in canonical form (as decoding gives them), for property tests.
import fc from "fast-check";
import { canonicalQuantity } from "../../src/base/quantity.ts";
import type { AnyObjectNode, Field, Node } from "../../src/schema/node.ts";

/** A value of the node; objects nest at most `depth` levels of optional fields. */
export function arbitraryOf(node: Node, depth = 4): fc.Arbitrary<unknown> {
  switch (node.type) {
    case "string":
      return fc.string({ unit: "grapheme", maxLength: 20 });
    case "bytes":
      return fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("base64"));
    case "boolean":
      return fc.boolean();
    case "int32":
      return fc.integer();
    case "int64":
      return fc.maxSafeInteger();
    case "double":
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0);
    case "quantity":
      return quantities;
    case "time":
      return instants.map((ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`);
    case "microTime":
      return fc.tuple(instants, fc.nat(999_999)).map(([ms, micros]) => {
        return `${new Date(ms).toISOString().slice(0, 19)}.${String(micros).padStart(6, "0")}Z`;
      });
    case "intOrString":
      return fc.oneof(fc.integer(), fc.string());
    case "rawExtension":
    case "fieldsV1":
      return fc
        .dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }).map(plainZero), { maxKeys: 4 })
        .map(plainPrototype);
    case "json":
      return fc
        .jsonValue({ maxDepth: 2 })
        .filter((value) => value !== null)
        .map(plainZero)
        .map(plainPrototype);
    case "variant":
      return fc.oneof(...Object.values(node.cases).map((one) => arbitraryOf(one.node, depth - 1)));
    case "list":
      return fc.array(arbitraryOf(node.items, depth - 1), { maxLength: 3 });
    case "map":
      return fc.dictionary(fc.string(), arbitraryOf(node.values, depth - 1), { maxKeys: 3 }).map(plainPrototype);
    case "object":
      return arbitraryObject(node, depth);
  }
}

const quantities = fc
  .tuple(fc.integer({ min: -5000, max: 5000 }), fc.constantFrom("", "m", "k", "M", "Gi", "Ki", "e3", "n"))
  .map(([amount, suffix]) => canonicalQuantity(`${amount}${suffix}`));
// From year 1 to 9999: all that RFC 3339 can say.
const instants = fc.integer({ min: -62_000_000_000, max: 253_000_000_000 }).map((seconds) => seconds * 1000);

/** JSON has no negative zero once it went through Go. */
function plainZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(/(?<![\w."])-0(?![\d.eE])/g, "0"));
}

/** fast-check makes dictionaries without a prototype; JSON.parse makes plain objects. */
function plainPrototype(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function isZero(value: unknown): boolean {
  if (value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** Zero values of plain fields with omitempty are absence, so a canonical object has none. */
function canonicalField(field: Field, value: unknown): unknown {
  const { type } = field.node;
  if (field.pointer || field.always || ["object", "quantity", "intOrString", "rawExtension"].includes(type))
    return value;
  return isZero(value) ? undefined : value;
}

function arbitraryObject(node: AnyObjectNode, depth: number): fc.Arbitrary<unknown> {
  const entries = Object.entries(node.fields);
  if (depth <= 0 || entries.length === 0) return fc.constant({});
  return fc
    .subarray(entries, { maxLength: Math.min(6, entries.length) })
    .chain((chosen) =>
      fc.tuple(...chosen.map(([, field]) => arbitraryOf(field.node, depth - 1))).map((values) => ({ chosen, values })),
    )
    .map(({ chosen, values }) => {
      const object: Record<string, unknown> = {};
      chosen.forEach(([name, field], i) => {
        const value = canonicalField(field, values[i]);
        if (value !== undefined) object[name] = value;
      });
      return object;
    });
}
