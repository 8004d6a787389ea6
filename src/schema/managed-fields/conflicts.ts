// What apply answers when fields belong to others: 409, every path with its owner. It refuses to decide what a
// conflict is.
import { StatusError } from "../meta/status.ts";
import type { Owner } from "./entries.ts";
import { paths } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { pathText } from "./path-element.ts";

export type Conflicts = ReadonlyMap<string, { readonly owner: Owner; readonly set: FieldSet }>;

/** `"kubelet" with subresource "status" using v1`. Appliers are named without their version. */
function ownerText(owner: Owner): string {
  const name =
    JSON.stringify(owner.manager) + (owner.subresource ? ` with subresource ${JSON.stringify(owner.subresource)}` : "");
  return owner.operation === "Update" ? `${name} using ${owner.apiVersion}` : name;
}

/** 409 Conflict, with one cause of type FieldManagerConflict for each path. */
export function conflictError(conflicts: Conflicts): StatusError {
  const byOwner = [...conflicts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { owner, set }]) => ({ who: ownerText(owner), fields: [...paths(set)].map(pathText) }));
  const causes = byOwner.flatMap(({ who, fields }) =>
    fields.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${who}`, field })),
  );
  const text =
    causes.length === 1
      ? `1 conflict: ${causes[0]!.message}: ${causes[0]!.field}`
      : `${causes.length} conflicts: ` +
        byOwner
          .map(({ who, fields }) => [`conflicts with ${who}:`, ...fields.map((field) => `- ${field}`)].join("\n"))
          .join("\n");
  return new StatusError({ code: 409, reason: "Conflict", message: `Apply failed with ${text}`, details: { causes } });
}
