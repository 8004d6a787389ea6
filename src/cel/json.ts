// Values back as JSON, for expressions that say what an object shall be. It refuses types that JSON does not have.
import { Unsigned } from "./expr.ts";
import { EvaluationError } from "./source.ts";
import { isMap, ObjectValue, Optional } from "./values.ts";
import type { Value } from "./values.ts";

/** Throws EvaluationError for what JSON cannot say. */
export function toJson(value: Value): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number")
    return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Unsigned) return Number(value.value);
  if (Array.isArray(value)) return (value as readonly Value[]).map(toJson);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof ObjectValue) return value.json;
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value);
  if (!isMap(value)) throw new EvaluationError("unsupported conversion to JSON");
  const made: Record<string, unknown> = {};
  for (const key of value.keys()) {
    if (typeof key !== "string") throw new EvaluationError("unsupported key type");
    Object.defineProperty(made, key, { value: toJson(value.get(key)!), enumerable: true });
  }
  return made;
}
