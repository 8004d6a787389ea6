// /openapi/v2 and /openapi/v3: the schemas of all kinds, live. It refuses to make the documents (schema/openapi).
import type { Parts } from "../parts.ts";
import type { HttpRequest } from "../pipeline.ts";

export function openapi(_request: HttpRequest, _parts: Parts, _rest: readonly string[]): boolean {
  return false;
}
