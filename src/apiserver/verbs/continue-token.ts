// The token that a chunk of a list ends with: where to go on, and at which revision. It refuses to be secret: clients may read it, not rely on it.
import { badRequest } from "../../schema/meta/status.ts";

export const EXPIRED_TOKEN_MESSAGE =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

const VERSION = "meta.k8s.io/v1";

/** `start` is the key below the collection; a revision of -1 stands for "whatever is there". */
export function continueToken(revision: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString("base64url");
}

/** Throws 400 in upstream's words. */
export function continueAt(token: string): { readonly revision: number; readonly start: string } {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const bad = /[^A-Za-z0-9_-]/.exec(token.replace(/=+$/, ""));
  if (bad) throw refuse(`illegal base64 data at input byte ${bad.index}`);
  const text = Buffer.from(token, "base64url").toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse(`invalid character ${quoted(text)} looking for beginning of value`);
  }
  const { v, rv, start } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  if (v !== VERSION) throw refuse("server does not recognize this encoded version");
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || rv === 0)
    throw refuse("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (typeof start !== "string" || start === "") throw refuse("encoded start key empty (version meta.k8s.io/v1)");
  if (start.split("/").includes("..")) throw refuse("unable to use encoded start key");
  return { revision: rv, start };
}

function quoted(text: string): string {
  const first = [...text][0] ?? "";
  return `'${first}'`;
}
