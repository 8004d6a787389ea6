// Whether an applied configuration fits the schema, with upstream's words. It refuses to validate values beyond their
// type:
// that is done after merging, like for any write. Unlike other writes, apply refuses unknown fields whatever
// `fieldValidation` says.
import { isJsonObject } from "../freeze.ts";
import { goText, goType } from "../go-text.ts";
import type { Node } from "../node.ts";
import { elementText } from "./path-element.ts";
import { DEDUCED, shapeOf } from "./topology.ts";

interface Fault {
  readonly path: string;
  readonly text: string;
}

/** Undefined, or the fault as text: `.data.a: expected string, got …`; several are listed under `errors:`. */
export function checkConfig(node: Node, value: unknown): string | undefined {
  const faults = [...check(node, value, "")].map(({ path, text }) => (path ? `${path}: ${text}` : text)).sort();
  if (faults.length <= 1) return faults[0];
  return ["errors:", ...faults.map((fault) => `  ${fault}`)].join("\n");
}

function* check(node: Node, value: unknown, path: string): Generator<Fault> {
  if (value === null || value === undefined) return;
  switch (node.type) {
    case "object":
    case "map":
      return yield* checkMap(node, value, path);
    case "list":
      return yield* checkList(node, value, path);
    case "string":
    case "bytes":
      if (typeof value !== "string")
        yield { path, text: `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}` };
      return;
    case "int32":
    case "int64":
    case "double":
      if (typeof value !== "number") yield { path, text: `expected numeric (int or float), got ${goType(value)}` };
      return;
    case "boolean":
      if (typeof value !== "boolean") yield { path, text: `expected boolean, got ${shownValue(value)}` };
      return;
    case "quantity":
    case "time":
    case "microTime":
    case "intOrString":
      if (typeof value === "object") yield { path, text: `expected any scalar, got ${shownValue(value)}` };
      return;
    case "rawExtension":
    case "fieldsV1":
      if (!isJsonObject(value)) yield { path, text: `expected map, got ${shownValue(value)}` };
      return;
    case "json":
    case "variant":
      return;
  }
}

function* checkMap(node: Node & { type: "object" | "map" }, value: unknown, path: string): Generator<Fault> {
  if (!isJsonObject(value)) return yield { path, text: `expected map, got ${shownValue(value)}` };
  const shape = shapeOf(divisible(node), value);
  if (shape.type !== "map") return;
  for (const [key, inner] of Object.entries(value)) {
    const child = shape.child(key);
    if (!child) yield { path: `${path}.${key}`, text: "field not declared in schema" };
    // What has no schema may be anything.
    else if (child !== DEDUCED) yield* check(child, inner, `${path}.${key}`);
  }
}

const opened = new WeakMap<Node, Node>();

/** Atomic maps are whole to owners, yet their fields are checked. */
function divisible(node: Node & { type: "object" | "map" }): Node {
  if (!node.atomic) return node;
  let open = opened.get(node);
  if (!open) opened.set(node, (open = { ...node, atomic: false }));
  return open;
}

function* checkList(node: Node & { type: "list" }, value: unknown, path: string): Generator<Fault> {
  if (!Array.isArray(value)) return yield { path, text: `expected list, got ${shownValue(value)}` };
  const shape = shapeOf(node, value);
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    let step = `[${i}]`;
    if (shape.type === "list") {
      const element = shape.element(item);
      if (element === undefined) return yield { path, text: `element ${i}: ${whyNoElement(node, item)}` };
      step = elementText(element);
      if (seen.has(element)) yield { path, text: `duplicate entries for key ${step}` };
      seen.add(element);
    }
    yield* check(node.items, item, path + step);
  }
}

function whyNoElement(node: Node & { type: "list" }, item: unknown): string {
  if (node.listType === "map") {
    if (item === null) return "associative list with keys may not have a null element";
    if (!isJsonObject(item)) return "associative list with keys may not have non-map elements";
    const keys = (node.keys ?? []).map((key) => JSON.stringify(key)).join(" ");
    return (
      `associative list with keys has an element that omits all key fields [${keys}] ` +
      "(and doesn't have default values for any key fields)"
    );
  }
  if (item === null) return "associative list without keys has an element that's an explicit null";
  if (Array.isArray(item)) return "not supported: associative list with lists as elements";
  return "associative list without keys has an element that's a map type";
}

const shownValue = (value: unknown) => `&{${goText(value)}}`;

/** A value as `%#v` prints it. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (!isJsonObject(value)) return typeof value === "string" ? JSON.stringify(value) : goText(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = entries.map(([key, inner]) => `${JSON.stringify(key)}:${goSyntax(inner)}`);
  return `map[string]interface {}{${pairs.join(", ")}}`;
}
