// FieldsV1 values that are equal become one frozen object: the pods of a workload differ in their names, not in who owns
// which fields, and what is remembered about such an object (its parsed form) is then found by identity.
// It refuses to keep more than a bounded number of them.
import { copyJson, deepFreeze } from "./freeze.ts";

/** Forgotten all at once when there are more: the next ones are simply new objects. */
const MOST = 2000;
const byText = new Map<string, object>();
const interned = new WeakSet<object>();

/** Whether the value came from {@link internFields}. */
export const isInterned = (value: unknown): boolean =>
  typeof value === "object" && value !== null && interned.has(value);

/** The frozen value. `foreign`: it may hold what JSON cannot say, which throws TypeError. */
export function internFields(value: unknown, foreign: boolean): unknown {
  if (typeof value !== "object" || value === null) return foreign ? copyJson(value) : value;
  if (interned.has(value)) return value;
  const own = foreign ? copyJson(value) : value;
  const text = JSON.stringify(own);
  return byText.get(text) ?? remember(text, own as object);
}

/** The frozen value of a text that JSON.stringify wrote. */
export function internedText(text: string): object {
  return byText.get(text) ?? remember(text, JSON.parse(text) as object);
}

function remember(text: string, own: object): object {
  const frozen = deepFreeze(own);
  if (byText.size >= MOST) byText.clear();
  byText.set(text, frozen);
  interned.add(frozen);
  return frozen;
}
