// JSON patch (RFC 6902), with the liberties that Kubernetes' library takes. It refuses to read text or to change its
// input.
//
// Where it differs from the RFC, as v1.37 does: `replace` of an absent map key adds it; `copy` from an absent key and
// `add` without a value give null; negative indexes count from the end; the first segment of a path is not looked at
// (`data/a` is the key `a` of the root); a missing value equals null for `test`.
import { isJsonObject, setKey } from "./freeze.ts";
import { StatusError, badRequest } from "./meta/status.ts";

export const MAX_JSON_PATCH_OPERATIONS = 10_000;
/** What all `copy` operations of one patch may copy together, in characters of JSON: the limit of a request body. */
const MAX_COPIED = 3 * 1024 * 1024;

/** 422 without details: all that upstream says when an operation cannot be applied. The cause names the operation. */
export const unprocessable = (cause: string) =>
  new StatusError({
    code: 422,
    reason: "Invalid",
    message: "the server rejected our request due to an error in our request",
    details: {},
    cause,
  });

/** 400: the body of a patch is no JSON. */
export const invalidPatchBody = () => badRequest("invalid JSON patch");

type Container = Record<string, unknown> | unknown[];

const goKind = (value: unknown) =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

/** Refuses what is no list of operations (400) or too long (413). Null is an empty list, as Go decodes it. */
export function checkJsonPatch(patch: unknown): asserts patch is readonly Readonly<Record<string, unknown>>[] | null {
  if (patch === null) return;
  if (!Array.isArray(patch)) {
    const got = goKind(patch);
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${got} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (patch.length > MAX_JSON_PATCH_OPERATIONS) {
    throw new StatusError({
      code: 413,
      reason: "RequestEntityTooLarge",
      message:
        "Request entity too large: The allowed maximum operations in a JSON patch is " +
        `${MAX_JSON_PATCH_OPERATIONS}, got ${patch.length}`,
    });
  }
  for (const operation of patch) {
    if (operation === null || isJsonObject(operation)) continue;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goKind(operation)} into Go value of type handlers.jsonPatchOp`,
    );
  }
}

/** `document` after all operations of `patch`, or a StatusError (400, 413, 422) and nothing happened. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  checkJsonPatch(patch);
  const run = new Run(document);
  for (const operation of patch ?? []) run.step(operation ?? {});
  return run.document;
}

/** One application. Containers are copied when first written, so `document` shares the rest with the input. */
class Run {
  document: unknown;
  readonly #own = new Set<unknown>();
  #copied = 0;

  constructor(document: unknown) {
    this.document = document;
  }

  step(operation: Readonly<Record<string, unknown>>): void {
    switch (operation["op"]) {
      case "add":
        return this.#add(textOf(operation, "path"), operation["value"] ?? null);
      case "remove":
        return this.#remove(textOf(operation, "path"));
      case "replace":
        return this.#replace(textOf(operation, "path"), operation["value"] ?? null);
      case "move": {
        const value = this.#get(textOf(operation, "from"));
        this.#remove(textOf(operation, "from"));
        return this.#add(textOf(operation, "path"), value ?? null);
      }
      case "copy":
        return this.#copy(textOf(operation, "from"), textOf(operation, "path"));
      case "test":
        return this.#test(textOf(operation, "path"), operation["value"] ?? null);
      default:
        throw unprocessable(`Unexpected kind: ${String(operation["op"] ?? "unknown")}`);
    }
  }

  #add(path: string, value: unknown): void {
    const [container, key] = this.#writable(path);
    if (!Array.isArray(container)) return setKey(container, key, value);
    if (key === "-") container.push(value);
    else container.splice(indexOf(key, container.length + 1, path), 0, value);
  }

  #remove(path: string): void {
    const [container, key] = this.#writable(path);
    if (Array.isArray(container)) container.splice(indexOf(key, container.length, path), 1);
    else if (Object.hasOwn(container, key)) delete container[key];
    else throw unprocessable(`nothing to remove at ${path}`);
  }

  #replace(path: string, value: unknown): void {
    if (path === "") {
      if (!isJsonObject(value) && !Array.isArray(value))
        throw unprocessable("the whole can only become an object or a list");
      this.document = value;
      return;
    }
    const [container, key] = this.#writable(path);
    if (Array.isArray(container)) container[indexOf(key, container.length, path)] = value;
    else setKey(container, key, value);
  }

  #copy(from: string, path: string): void {
    const value = this.#get(from) ?? null;
    this.#copied += JSON.stringify(value).length;
    if (this.#copied > MAX_COPIED) throw unprocessable(`copied more than ${MAX_COPIED} characters`);
    // Shared, not cloned: whoever writes into it copies first. Owned parts must not be written through two places.
    this.#disown(value);
    this.#add(path, value);
  }

  #test(path: string, value: unknown): void {
    const held = path === "" ? this.document : this.#get(path);
    if (!sameJson(held ?? null, value)) throw unprocessable(`testing value ${path} failed`);
  }

  #disown(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    this.#own.delete(value);
    for (const inner of Object.values(value)) this.#disown(inner);
  }

  /** The value at `path`, undefined for an absent key. */
  #get(path: string): unknown {
    const steps = stepsOf(path);
    const key = steps.pop() as string;
    let current = this.document;
    for (const step of steps) current = child(container(current, path), step, path);
    return child(container(current, path), key, path);
  }

  /** The container that holds `path`, safe to write, and the last key. */
  #writable(path: string): [Container, string] {
    const steps = stepsOf(path);
    const key = steps.pop() as string;
    let current = (this.document = this.#owned(container(this.document, path)));
    for (const step of steps) {
      const next = this.#owned(container(child(current, step, path), path));
      if (Array.isArray(current)) current[indexOf(step, current.length, path)] = next;
      else setKey(current, step, next);
      current = next;
    }
    return [current, key];
  }

  #owned(value: Container): Container {
    if (this.#own.has(value)) return value;
    const copy = Array.isArray(value) ? [...value] : { ...value };
    this.#own.add(copy);
    return copy;
  }
}

function textOf(operation: Readonly<Record<string, unknown>>, field: "path" | "from"): string {
  const text = operation[field];
  if (typeof text === "string") return text;
  throw unprocessable(`${field} is missing`);
}

/** The decoded segments after the first, which is not looked at. At least one, or the operation fails. */
function stepsOf(path: string): string[] {
  const [, ...segments] = path.split("/");
  if (segments.length === 0) throw unprocessable(`doc is missing path: "${path}"`);
  return segments.map((segment) => segment.replace(/~[01]/g, (escape) => (escape === "~1" ? "/" : "~")));
}

function container(value: unknown, path: string): Container {
  if (isJsonObject(value) || Array.isArray(value)) return value as Container;
  throw unprocessable(`doc is missing path: "${path}"`);
}

function child(from: Container, step: string, path: string): unknown {
  if (Array.isArray(from)) return from[indexOf(step, from.length, path)];
  return Object.hasOwn(from, step) ? from[step] : undefined;
}

/** An index below `limit`; negative ones count from `limit`. */
function indexOf(step: string, limit: number, path: string): number {
  const given = /^[+-]?\d+$/.test(step) ? Number(step) : NaN;
  const index = given < 0 ? given + limit : given;
  if (index >= 0 && index < limit) return index === 0 ? 0 : index;
  throw unprocessable(`Unable to access invalid index ${step} for path ${path}`);
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}
