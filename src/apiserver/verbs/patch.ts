// PATCH: JSON patch, merge patch, strategic merge patch, apply. Each is a change of the stored object in the version asked
// for, run inside the optimistic loop. It refuses to send or encode.
import { decodeValue, DecodeError } from "../../schema/decode.ts";
import type { Decoded, Strictness } from "../../schema/decode.ts";
import { applyDefaults } from "../../schema/default.ts";
import { applyJsonPatch, checkJsonPatch } from "../../schema/json-patch.ts";
import { applyPatch } from "../../schema/managed-fields/apply.ts";
import { applyMergePatch } from "../../schema/merge-patch.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { badRequest, invalid, StatusError } from "../../schema/meta/status.ts";
import { checkKind } from "../kinds.ts";
import type { JsonObject } from "../../schema/node.ts";
import { checkPatchResult } from "../../schema/patch-result.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { applyStrategicMerge } from "../../schema/strategic-merge.ts";
import { writeJson } from "../../schema/write.ts";
import type { Answer, Call } from "./call.ts";
import { create } from "./create.ts";
import { checkName, change } from "./update.ts";
import type { Ownership } from "./finish.ts";
import type { PatchOptions } from "./options.ts";
import { kindFacts, updating, withEntriesOf } from "./ownership.ts";

export type PatchType = "json" | "merge" | "strategic" | "apply";

/** `body` is parsed JSON. For apply `problems` of its decoding were told already. */
export async function patch(call: Call, type: PatchType, body: unknown, options: PatchOptions): Promise<Answer> {
  if (type === "apply") return apply(call, body, options);
  const make = patcher(call, type, body);
  const own = updating(call, options.fieldManager);
  return change(
    call,
    (old) => {
      const asked = (call.served.fromWorked?.(old) ?? old) as unknown as JsonObject;
      const object = decoded(call, type, asked, make(asked), body, options.strictness);
      checkName(call, object);
      return { object, own };
    },
    options.dryRun,
  );
}

/** The patch as a function, its own form judged once. */
function patcher(call: Call, type: Exclude<PatchType, "apply">, body: unknown): (object: JsonObject) => unknown {
  const { schema } = call.served;
  switch (type) {
    case "json":
      checkJsonPatch(body);
      // Upstream patches the JSON that clients see, with its empty structs.
      return (object) => applyJsonPatch(JSON.parse(writeJson(schema, object)), body);
    case "merge":
      return (object) => applyMergePatch(object, body);
    case "strategic":
      return (object) => applyStrategicMerge(schema, object, body);
  }
}

/** A patched value as an object of the kind, defaulted, in the form that is worked on. */
function decoded(
  call: Call,
  type: PatchType,
  original: JsonObject,
  patched: unknown,
  body: unknown,
  strictness: Strictness,
): KubeObject {
  const { schema, resource, toWorked } = call.served;
  // Upstream reads the result of a strategic merge with another decoder, which has other words.
  if (type === "strategic") checkPatchResult(schema, original, patched, body);
  const { value, problems } = readPatched(call, patched, strictness);
  if (problems.length > 0) tell(call, [...problems].sort(), strictness);
  const object = value as unknown as KubeObject;
  return applyDefaults(resource.schema, toWorked?.(object) ?? object) as KubeObject;
}

function readPatched(call: Call, patched: unknown, strictness: Strictness): Decoded<unknown> {
  const { schema, apiVersion, resource } = call.served;
  try {
    const decoded = decodeValue(schema, patched, { strictness });
    checkKind(call.parts.kinds, decoded.value as KubeObject, { apiVersion, kind: resource.kind, schema });
    return decoded;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw invalid({ group: "", kind: "" }, "", [
      fieldInvalid(FieldPath.of("patch"), JSON.stringify(patched), error.message),
    ]);
  }
}

function tell(call: Call, problems: readonly string[], strictness: Strictness): void {
  if (strictness === "Strict") throw badRequest(`strict decoding error: ${problems.join(", ")}`);
  for (const problem of problems) call.context.warn(problem);
}

/** Server-side apply: creates what is absent. */
async function apply(call: Call, body: unknown, options: PatchOptions): Promise<Answer> {
  const config = body as JsonObject;
  checkConfig(config);
  const { schema: asked, apiVersion } = call.served;
  if (asked.untyped && config["apiVersion"] !== apiVersion)
    throw badRequest(`invalid object type: ${String(config["apiVersion"])}, Kind=${String(config["kind"])}`);
  const facts = kindFacts(call);
  const merged = (live: JsonObject | undefined) =>
    applyPatch({
      ...facts,
      kind: call.served.resource.kind,
      live,
      config,
      manager: options.fieldManager,
      force: options.force,
      subresource: call.subresource,
      now: call.parts.clock.now(),
    });
  const asObject = (value: JsonObject): KubeObject => {
    const { schema, resource, toWorked } = call.served;
    const object = decodeValue(schema, value).value as unknown as KubeObject;
    return applyDefaults(resource.schema, toWorked?.(object) ?? object) as KubeObject;
  };
  const keeping =
    (from: KubeObject): Ownership =>
    (object) =>
      withEntriesOf(object, from);
  const absent = async (): Promise<Answer> => {
    const { object } = merged(undefined);
    const made = decodeValue(call.served.schema, object).value as unknown as KubeObject;
    return create(call, made, options, keeping(asObject(object)));
  };
  return change(
    call,
    (old) => {
      const live = (call.served.fromWorked?.(old) ?? old) as unknown as JsonObject;
      const object = asObject(merged(live).object);
      checkName(call, object);
      return { object, own: keeping(object) };
    },
    options.dryRun,
    call.subresource === "" ? absent : undefined,
  );
}

/** What a configuration must say about itself. */
function checkConfig(config: JsonObject): void {
  const metadata = (config["metadata"] ?? {}) as JsonObject;
  if (metadata["managedFields"] !== undefined && metadata["managedFields"] !== null) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const { apiVersion, kind } = config;
  if (!apiVersion || !kind)
    throw new StatusError({
      code: 500,
      reason: "",
      message: `error decoding YAML: Object '${kind ? "apiVersion" : "Kind"}' is missing`,
    });
}
