// Whose the status is: writers of `/status` alone. Pure parts for `prepare`. It refuses to know what a status holds.
import { applyDefaults } from "../schema/default.ts";
import type { AnyObjectNode } from "../schema/node.ts";
import type { KubeObject, RequestFacts, Resource } from "../schema/resource.ts";

/** The status of an object of which nothing is known yet: what JSON always shows of it, and `given`. */
export function freshStatus<S>(schema: AnyObjectNode, given: object = {}): S {
  const field = schema.fields["status"];
  if (!field) throw new Error(`${schema.name} has no status`);
  return applyDefaults(field.node, given as never) as S;
}

/** The ordinary `prepare`: a new object has a fresh status, and writes to the object itself leave the status alone. */
export function preparesStatus<T extends KubeObject & { readonly status: unknown }>(
  schema: AnyObjectNode,
  given: object = {},
): NonNullable<Resource<T>["prepare"]> {
  const fresh = freshStatus<T["status"]>(schema, given);
  return (object: T, old: T | undefined, request: RequestFacts): T => {
    if (request.subresource !== "") return object;
    return { ...object, status: old ? old.status : fresh };
  };
}
