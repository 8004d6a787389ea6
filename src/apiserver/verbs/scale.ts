// The scale subresource: GET, PUT and PATCH of autoscaling/v1 Scale over a kind's own fields. It refuses to be stored.
import { decodeValue } from "../../schema/decode.ts";
import { applyJsonPatch } from "../../schema/json-patch.ts";
import { recordUpdate, managerName } from "../../schema/managed-fields/update.ts";
import { applyPatch } from "../../schema/managed-fields/apply.ts";
import { parentEntries } from "../../schema/managed-fields/scale-owners.ts";
import { applyMergePatch } from "../../schema/merge-patch.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { invalid, notFound } from "../../schema/meta/status.ts";
import type { JsonObject } from "../../schema/node.ts";
import { checkPatchResult } from "../../schema/patch-result.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { readScale, writeScale } from "../../schema/scale.ts";
import type { ScalePaths } from "../../schema/scale.ts";
import { applyStrategicMerge } from "../../schema/strategic-merge.ts";
import { targetOf } from "./call.ts";
import type { Answer, Call } from "./call.ts";
import { workedLater } from "./commit.ts";
import { withMetadata } from "./finish.ts";
import { lookUp, newEnough } from "./get.ts";
import type { PatchOptions, WriteOptions } from "./options.ts";
import type { PatchType } from "./patch.ts";
import { change, checkName } from "./update.ts";

function pathsOf({ served, subresource }: Call): ScalePaths {
  const found = served.resource.subresources[subresource];
  if (found?.type !== "scale") throw new Error(`${served.resource.kind} has no scale at ${subresource}`);
  return found;
}

const asJson = (object: KubeObject) => object as unknown as JsonObject;

function scaleOf(call: Call, object: KubeObject): KubeObject {
  return readScale(call.served.resource, pathsOf(call), asJson(object)) as unknown as KubeObject;
}

/** What is answered does not tell who manages. */
const shownScale = (call: Call, object: KubeObject) =>
  withMetadata(scaleOf(call, object), { managedFields: undefined });

export async function getScale(call: Call, resourceVersion: string): Promise<Answer> {
  await newEnough(call, resourceVersion);
  const kept = lookUp(call);
  if (kept === undefined) throw notFound(targetOf(call), call.name);
  const object = await workedLater(call.served, kept);
  return { type: "object", code: 200, object: shownScale(call, object), served: call.parts.scale };
}

export function updateScale(call: Call, sent: KubeObject, options: WriteOptions): Promise<Answer> {
  checkName(call, sent);
  return changeScale(call, options, () => sent);
}

export function patchScale(call: Call, type: PatchType, body: unknown, options: PatchOptions): Promise<Answer> {
  const { schema } = call.parts.scale;
  const patched = (scale: JsonObject): unknown => {
    switch (type) {
      case "json":
        return applyJsonPatch(scale, body);
      case "merge":
        return applyMergePatch(scale, body);
      case "strategic":
        return applyStrategicMerge(schema, scale, body);
      case "apply":
        return applyPatch({
          apiVersion: call.parts.scale.apiVersion,
          kind: "Scale",
          node: schema,
          live: scale,
          config: body as JsonObject,
          manager: options.fieldManager,
          force: options.force,
          subresource: "scale",
          now: call.parts.clock.now(),
        }).object;
    }
  };
  return changeScale(
    call,
    options,
    (scale) => {
      const result = patched(asJson(scale));
      checkPatchResult(schema, asJson(scale), result, body);
      return decodeValue(schema, result).value as unknown as KubeObject;
    },
    type === "apply",
  );
}

/** `make` turns the present Scale into the desired one; `owned`: it has put its managed fields in already. */
async function changeScale(
  call: Call,
  options: WriteOptions,
  make: (scale: KubeObject) => KubeObject,
  owned = false,
): Promise<Answer> {
  const paths = pathsOf(call);
  const { resource, apiVersion } = call.served;
  const replicaPaths = { [apiVersionOf(resource)]: paths.specReplicas };
  const done = await change(
    call,
    (old) => {
      const before = scaleOf(call, old);
      const wanted = make(before);
      checkScale(call, wanted);
      const scale = owned ? wanted : recorded(call, before, wanted, options.fieldManager);
      const written = writeScale(paths, asJson(old), asJson(wanted)) as unknown as KubeObject;
      const { resourceVersion, uid } = wanted.metadata ?? {};
      const object = withMetadata(written, { resourceVersion, uid: uid ?? old.metadata.uid });
      const entries = parentEntries(old.metadata.managedFields, scale.metadata.managedFields, replicaPaths, apiVersion);
      return { object, own: (next) => withMetadata(next, { managedFields: entries.length > 0 ? entries : undefined }) };
    },
    options.dryRun,
  );
  const object =
    done.type === "kept" ? await workedLater(call.served, done.kept) : done.type === "object" ? done.object : undefined;
  if (object === undefined) return done;
  return { type: "object", code: 200, object: shownScale(call, object), served: call.parts.scale };
}

function recorded(call: Call, live: KubeObject, next: KubeObject, fieldManager: string): KubeObject {
  const { scale, clock } = call.parts;
  return recordUpdate({
    apiVersion: scale.apiVersion,
    node: scale.schema,
    live: asJson(live),
    next: asJson(next),
    manager: managerName(fieldManager, call.context.userAgent),
    subresource: "scale",
    now: clock.now(),
  }) as unknown as KubeObject;
}

function checkScale(call: Call, scale: KubeObject): void {
  const replicas = (scale as unknown as { readonly spec?: { readonly replicas?: number } }).spec?.replicas ?? 0;
  if (replicas >= 0) return;
  const error = fieldInvalid(FieldPath.of("spec", "replicas"), replicas, "must be greater than or equal to 0");
  throw invalid({ group: "autoscaling", kind: "Scale" }, call.name, [error]);
}
