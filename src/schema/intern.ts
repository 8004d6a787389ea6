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
  const value = byText.get(text) ?? remember(text, JSON.parse(text) as object);
  // A slice would keep all of the text that it was cut out of.
  if (!recent.some((one) => one.text === text)) recent.unshift({ text: Buffer.from(text).toString(), value });
  recent.length = Math.min(recent.length, MOST_RECENT);
  return value;
}

const MOST_RECENT = 8;
const recent: { readonly text: string; readonly value: object }[] = [];

/** The value whose text stands at `at`, if it is one of the last ones. The text of an object is not how another begins. */
export function internedAt(text: string, at: number): { readonly text: string; readonly value: object } | undefined {
  return recent.find((one) => text.startsWith(one.text, at));
}

function remember(text: string, own: object): object {
  const frozen = deepFreeze(own);
  if (byText.size >= MOST) byText.clear();
  byText.set(text, frozen);
  interned.add(frozen);
  return frozen;
}
