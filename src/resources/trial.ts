// Tries a kind out as the API server would: defaults, prepare, rules. For tests beside the kinds; it refuses to store.
import { applyDefaults } from "../schema/default.ts";
import { decodeValue } from "../schema/decode.ts";
import { dropDisabled } from "../schema/prune.ts";
import { beginNotes } from "../schema/repeated.ts";
import type { KubeObject, RequestFacts, Resource } from "../schema/resource.ts";
import { validate } from "../schema/validate.ts";

const NOW = Date.UTC(2020, 0, 1);

export interface Trial<T> {
  readonly object: T;
  /** `field: body` of each error. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

interface TrialOptions<T> {
  readonly old?: T;
  readonly subresource?: string;
  readonly gates?: readonly string[];
  /** All but the metadata has come before, in an object that says nothing else. */
  readonly again?: boolean;
}

/** What becomes of `body` when it is created, or, with `old`, when it replaces that. Gates are off but for `gates`. */
export function tryOut<T extends KubeObject>(
  resource: Resource<T>,
  body: object,
  { old, subresource = "", gates = [], again = false }: TrialOptions<T> = {},
): Trial<T> {
  const request: RequestFacts = {
    operation: old ? "update" : "create",
    subresource,
    user: { name: "alice", groups: ["system:authenticated"] },
    now: NOW,
    enabled: (gate) => gates.includes(gate),
  };
  const sent = decodeValue(resource.schema, withMetadata(resource, body, old)).value as T;
  if (again) {
    const { metadata: _, ...others } = sent;
    for (const [name, member] of Object.entries(others)) beginNotes(resource.schema.fields[name]!.node, member, false);
    made(resource, { ...sent, metadata: { name: "other" } }, undefined, { ...request, operation: "create" });
  }
  return made(resource, sent, old, request);
}

function made<T extends KubeObject>(resource: Resource<T>, sent: T, old: T | undefined, request: RequestFacts) {
  const enabled = dropDisabled(resource.schema, sent as never, old as never, request.enabled);
  const filled = applyDefaults(resource.schema, enabled) as T;
  const prepared = resource.prepare?.(filled, old, request) ?? filled;
  const object = decodeValue(resource.schema, prepared).value as T;
  const { errors, warnings } = validate(resource, object, { old, request });
  return { object, errors: errors.map(({ field, body: text }) => `${field}: ${text}`), warnings };
}

/** What the server sets whatever the user says. */
function withMetadata(resource: Resource, body: object, old: KubeObject | undefined): object {
  const given = (body as { metadata?: object }).metadata;
  if (!resource.verbs.includes("get")) return body;
  const own = old ? { ...old.metadata, resourceVersion: "1" } : { uid: "u", creationTimestamp: "2020-01-01T00:00:00Z" };
  const namespace = resource.scope === "Namespaced" && { namespace: "ns" };
  return { ...body, metadata: { name: "x", ...namespace, ...given, ...own } };
}
