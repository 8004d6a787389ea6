// How a verb records who owns which fields: the bridge to schema/managed-fields. It refuses to decide ownership itself.
import { recordUpdate, managerName, withoutNewTimes } from "../../schema/managed-fields/update.ts";
import { resetFieldsOf } from "../../schema/managed-fields/reset-fields.ts";
import type { KindFacts } from "../../schema/managed-fields/ownership.ts";
import type { JsonObject } from "../../schema/node.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Call } from "./call.ts";
import type { Ownership } from "./finish.ts";

/** What the kind of this call means to ownership, in the version of the request. */
export function kindFacts(call: Call): KindFacts {
  const { resource, apiVersion, schema, toWorked, fromWorked } = call.served;
  const { versions, group } = resource;
  const resetFields = resetFieldsOf(resource, call.subresource);
  const asJson = (object: KubeObject) => object as unknown as JsonObject;
  return {
    apiVersion,
    node: schema,
    ...(resetFields !== undefined && { resetFields }),
    other(asked) {
      const hub = apiVersionOf(resource);
      const toHub = (object: JsonObject) =>
        toWorked === undefined ? object : asJson(toWorked(object as unknown as KubeObject));
      const fromHub = (object: JsonObject) =>
        fromWorked === undefined ? object : asJson(fromWorked(object as unknown as KubeObject));
      if (asked === hub) return { node: resource.schema, from: toHub, to: fromHub };
      const found = Object.entries(versions).find(([version]) => apiVersionOf({ group, version }) === asked);
      if (found === undefined) return sibling(call, asked);
      const [, other] = found;
      return {
        node: other.schema,
        from: (object) => other.fromHub(toHub(object)),
        to: (object) => fromHub(other.toHub(object)),
      };
    },
  };
}

/**
 * Another version of a custom resource: what is owned there stays owned, field by field as it is called. Whoever converts
 * would have to be asked for more; fields that he moves are not followed.
 */
function sibling({ parts, served }: Call, asked: string): ReturnType<NonNullable<KindFacts["other"]>> {
  if (!served.schema.untyped) return undefined;
  const { group, plural } = served.resource;
  const found = parts.kinds.find(group, asked.slice(asked.lastIndexOf("/") + 1), plural);
  if (found?.apiVersion !== asked) return undefined;
  const same = (object: JsonObject) => object;
  return { node: found.schema, from: same, to: same };
}

/** For create, update and the patches that are no apply. */
export function updating(call: Call, fieldManager: string): Ownership {
  const kind = kindFacts(call);
  const manager = managerName(fieldManager, call.context.userAgent);
  const { fromWorked } = call.served;
  return (object, live) => {
    const asked = (value: KubeObject) =>
      (fromWorked === undefined ? value : fromWorked(value)) as unknown as JsonObject;
    const next = asked(object);
    const before = live && asked(live);
    const recorded = recordUpdate({
      ...kind,
      live: before,
      next,
      manager,
      subresource: call.subresource,
      now: call.parts.clock.now(),
    });
    const settled = before === undefined ? recorded : withoutNewTimes(before, recorded);
    return withEntriesOf(object, settled as unknown as KubeObject);
  };
}

/** `object` with the managed fields of another object. */
export function withEntriesOf(object: KubeObject, from: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  const entries = from.metadata?.managedFields;
  return {
    ...object,
    metadata: entries === undefined ? metadata : { ...metadata, managedFields: entries },
  } as KubeObject;
}
