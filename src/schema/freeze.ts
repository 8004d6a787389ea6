// Deep freezing and deep copying of JSON values. It refuses to know schemas (decode.ts makes typed values).
import type { JsonObject } from "./node.ts";

/** Freezes a JSON value in place, all the way down, and gives it back. Subtrees that are frozen already are trusted. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) for (const item of value) deepFreeze(item);
  else for (const key of Object.keys(value)) deepFreeze((value as Record<string, unknown>)[key]);
  return Object.freeze(value);
}

/** Nesting of raw JSON beyond this is refused where it comes in: walks over it are recursive, and stacks end. */
export const DEEPEST_RAW = 1000;

/** Whether a value nests deeper than {@link DEEPEST_RAW}. */
export function isTooDeep(value: unknown): boolean {
  return nestsDeeper(value, DEEPEST_RAW + 1);
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (nestsDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

/** Sets a key that came from outside: `__proto__` becomes a key like any other instead of the prototype. */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

/** A frozen deep copy of any JSON. Members that are `undefined` are left out; what JSON cannot say throws TypeError. */
export function copyJson(value: unknown): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      break;
    case "object": {
      if (value === null) return null;
      if (Array.isArray(value)) return Object.freeze(value.map((item) => copyJson(item)));
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) break;
      const copy: Record<string, unknown> = {};
      for (const key of Object.keys(value)) {
        const member = (value as Record<string, unknown>)[key];
        if (member !== undefined) setKey(copy, key, copyJson(member));
      }
      return Object.freeze(copy);
    }
    default:
  }
  throw new TypeError(`${typeof value === "object" ? "an instance of a class" : String(value)} cannot be said in JSON`);
}

/** A mutable deep copy of a JSON value: for code that edits, such as patches. */
export function cloneJson<T>(value: T): T;
export function cloneJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => cloneJson(item));
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) setKey(copy, key, cloneJson((value as Record<string, unknown>)[key]));
  return copy;
}

/** Whether a value is a JSON object (not a list, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
