// GET of kinds that nobody stores and that are worked out when asked for. It refuses to keep what it made.
import { StatusError } from "../../schema/meta/status.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { storedBytes } from "../kinds.ts";
import { formOf, Kept } from "../watch-cache/kept.ts";
import type { Selection } from "../watch-cache/selection.ts";
import { decodeStored } from "../../schema/decode.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Answer, Call } from "./call.ts";

export function getComputed(call: Call): Answer {
  const { singular } = call.served.resource;
  const kept = allOf(call).find(({ name }) => name === call.name);
  if (kept) return { type: "kept", code: 200, kept, served: call.served };
  throw new StatusError({
    code: 404,
    reason: "NotFound",
    message: `${singular} ${JSON.stringify(call.name)} not found`,
    details: { name: call.name, kind: singular },
  });
}

export function listComputed(call: Call, { matches }: Pick<Selection, "matches">): Answer {
  const items = allOf(call).filter((kept) => matches?.(kept) ?? true);
  return { type: "list", meta: {}, items, served: call.served };
}

/** Kept at revision 0: what is not stored has none. */
function allOf({ parts, served: { resource } }: Call): readonly Kept[] {
  const compute = parts.computed.get(`${resource.group}/${resource.kind}`);
  if (!compute) throw new Error(`${resource.kind} is neither stored nor computed`);
  const form = formOf(apiVersionOf(resource), resource.kind, {
    decode: (bytes) => decodeStored(resource.schema, bytes) as unknown as KubeObject,
    fieldsOf: undefined,
  });
  return compute().map((object) => {
    const { name = "" } = object.metadata;
    return new Kept(
      form,
      { key: `/${name}`, value: storedBytes(resource, object), revision: 0, created: 0 },
      undefined,
    );
  });
}
