// The bodies of PATCH and DELETE, which are no objects of the kind. It refuses to apply them.
import { parseJSON } from "../base/json-strict.ts";
import { decodeJson, decodeValue, DecodeError, JsonSyntaxError } from "../schema/decode.ts";
import { DEEPEST_RAW, isJsonObject, isTooDeep } from "../schema/freeze.ts";
import { invalidPatchBody } from "../schema/json-patch.ts";
import { DeleteOptions as DeleteBody } from "../schema/meta/delete-options.ts";
import { badRequest } from "../schema/meta/status.ts";
import { decodeObject } from "../schema/protobuf-envelope.ts";
import { rawBody, readBody, yamlOfBody } from "./body.ts";
import { yamlIn, YamlError } from "./encoding/yaml-in.ts";
import type { YamlIn } from "./encoding/yaml-in.ts";
import type { YamlWork } from "./encoding/yaml-thread.ts";
import type { Exchange } from "./http/exchange.ts";
import type { Kinds, ServedKind } from "./kinds.ts";
import { PROTOBUF_TYPE, unsupportedMediaType, YAML_TYPE } from "./negotiation.ts";
import type { PatchType } from "./verbs/patch.ts";
import { deleteOptions } from "./verbs/options.ts";
import type { DeleteOptions } from "./verbs/options.ts";

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** The kind of patch and its body, which is parsed when asked for, so that options are refused first. Throws 415. */
/** Reads the body, telling what is odd about it, or refusing that if `strict`. */
export type ReadPatchBody = (warn: (message: string) => void, strict: boolean) => unknown;

export async function readPatch(
  exchange: Exchange,
  served: ServedKind,
  yaml: YamlWork | undefined,
): Promise<{ readonly type: PatchType; readonly body: ReadPatchBody }> {
  const media = (exchange.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const type = Object.hasOwn(PATCH_TYPES, media) ? PATCH_TYPES[media] : undefined;
  // Custom resources have no strategies to merge by.
  const untyped = served.schema.untyped === true;
  if (type === undefined || (type === "strategic" && untyped)) {
    throw unsupportedMediaType(Object.keys(PATCH_TYPES).filter((one) => !untyped || PATCH_TYPES[one] !== "strategic"));
  }
  const bytes = await readBody(exchange);
  if (type !== "apply") return { type, body: () => jsonBody(bytes) };
  const read = await yamlOfBody(bytes, yaml);
  return { type, body: (warn, strict) => applyBody(read, warn, strict) };
}

function jsonBody(bytes: Buffer): unknown {
  try {
    const body = parseJSON(bytes);
    if (bytes.length > DEEPEST_RAW && isTooDeep(body)) throw badRequest("error decoding patch: exceeded max depth");
    return body;
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw invalidPatchBody();
    throw error;
  }
}

function applyBody(read: () => YamlIn, warn: (message: string) => void, strict: boolean): unknown {
  try {
    const { value, duplicates } = read();
    if (strict && duplicates.length > 0) {
      const lines = duplicates.map((one) => `\n  ${one}`).join("");
      throw badRequest(`error strict decoding patch: error converting YAML to JSON: yaml: unmarshal errors:${lines}`);
    }
    for (const one of duplicates) warn(one);
    // What is no object has no kind: the verb says so.
    return isJsonObject(value) ? value : {};
  } catch (error) {
    if (error instanceof YamlError) throw badRequest(`error encoding patch: ${error.message}`, error);
    throw error;
  }
}

/** What Go's scheme says of a kind that it cannot read options as. */
const notRegistered = (kind: string, version: string) =>
  badRequest(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "pkg/runtime/scheme.go:111"`,
  );

/** The options of a deletion: the body where there is one, else the query. */
export async function readDeleteOptions(
  exchange: Exchange,
  query: URLSearchParams,
  kinds: Kinds,
): Promise<DeleteOptions> {
  const { bytes, type } = await rawBody(exchange, undefined);
  if (bytes.length === 0) return deleteOptions(query, undefined);
  try {
    const body = decoded(bytes, type);
    const { kind = "DeleteOptions", apiVersion = "v1" } = body;
    const known =
      kind === "DeleteOptions" && (apiVersion === "v1" || apiVersion === "meta.k8s.io/v1" || serves(kinds, apiVersion));
    if (!known) throw notRegistered(kind, apiVersion);
    return deleteOptions(query, body);
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`, error);
    if (error instanceof DecodeError || error instanceof YamlError) throw badRequest(error.message, error);
    throw error;
  }
}

function decoded(bytes: Buffer, type: string): DeleteBody {
  if (type === PROTOBUF_TYPE) return decodeObject(DeleteBody, bytes);
  const text = bytes.toString("utf8");
  return type === YAML_TYPE ? decodeValue(DeleteBody, yamlIn(text).value).value : decodeJson(DeleteBody, text).value;
}

function serves(kinds: Kinds, apiVersion: string): boolean {
  return kinds
    .groups()
    .some(({ group, versions }) =>
      versions.some(({ version }) => (group ? `${group}/${version}` : version) === apiVersion),
    );
}
