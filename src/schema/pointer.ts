// Reading and writing one place inside a JSON value by its path. It refuses to change what it is given: writing copies
// the objects on the way (and only these), so frozen objects stay whole.
import { isJsonObject } from "./freeze.ts";

/** A path as an array of names, or dotted text (`spec.replicas`, `.spec.replicas`) where no name has a dot. */
export type Pointer = string | readonly string[];

export function stepsOf(pointer: Pointer): readonly string[] {
  if (typeof pointer !== "string") return pointer;
  const text = pointer.startsWith(".") ? pointer.slice(1) : pointer;
  return text === "" ? [] : text.split(".");
}

/** The value at `pointer`; undefined where any step is missing. */
export function getAt(value: unknown, pointer: Pointer): unknown {
  let current = value;
  for (const step of stepsOf(pointer)) {
    if (!isJsonObject(current) || !Object.hasOwn(current, step)) return undefined;
    current = current[step];
  }
  return current;
}

/**
 * A copy of `value` with `replacement` at `pointer`; missing or null objects on the way are made. Throws a TypeError
 * where a step leads through something that is no object. With nothing to change, `value` itself is returned.
 */
export function setAt<T>(value: T, pointer: Pointer, replacement: unknown): T {
  return write(value, stepsOf(pointer), 0, replacement) as T;
}

function write(value: unknown, steps: readonly string[], index: number, replacement: unknown): unknown {
  const step = steps[index];
  if (step === undefined) return replacement;
  const from = value ?? {};
  if (!isJsonObject(from)) throw new TypeError(`no object at ${steps.slice(0, index).join(".") || "the root"}`);
  const old = Object.hasOwn(from, step) ? from[step] : undefined;
  const next = write(old, steps, index + 1, replacement);
  return next === old && Object.hasOwn(from, step) ? value : { ...from, [step]: next };
}

/** A copy of `value` without what is at `pointer`; `value` itself if nothing is there. */
export function removeAt<T>(value: T, pointer: Pointer): T {
  const steps = stepsOf(pointer);
  const last = steps.at(-1);
  if (last === undefined) return value;
  const parent = getAt(value, steps.slice(0, -1));
  if (!isJsonObject(parent) || !Object.hasOwn(parent, last)) return value;
  const { [last]: _gone, ...rest } = parent;
  return setAt(value, steps.slice(0, -1), rest);
}
