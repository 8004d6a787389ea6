// Bodies of requests: their limit, compression, media type and decoding, with Kubernetes' messages. It refuses to judge what it decoded.
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { ZlibOptions } from "node:zlib";
import { decodeValue, DecodeError, JsonSyntaxError } from "../schema/decode.ts";
import type { Decoded, Strictness } from "../schema/decode.ts";
import { decodeRepeated } from "../schema/decode-repeated.ts";
import { decodeObject, readEnvelope } from "../schema/protobuf-envelope.ts";
import { badRequest, StatusError } from "../schema/meta/status.ts";
import type { KubeObject } from "../schema/resource.ts";
import { jsonIn, LONG_YAML, yamlIn, YamlError } from "./encoding/yaml-in.ts";
import type { YamlIn } from "./encoding/yaml-in.ts";
import type { YamlWork } from "./encoding/yaml-thread.ts";
import { BodyTooLargeError } from "./http/exchange.ts";
import type { Exchange } from "./http/exchange.ts";
import { bodyType, PROTOBUF_TYPE, YAML_TYPE } from "./negotiation.ts";
import type { MediaType } from "./negotiation.ts";
import { checkKind } from "./kinds.ts";
import type { Kinds, Wanted } from "./kinds.ts";

/** On the thread pool: a large body would hold the loop. */
const gunzipped = promisify<Uint8Array, ZlibOptions, Buffer>(gunzip);

/** Upstream's limit for a request body. */
export const MOST_BODY_BYTES = 3 * 1024 * 1024;

/** The whole body, unpacked. Throws 413. */
export async function readBody(exchange: Exchange): Promise<Buffer> {
  try {
    const body = await exchange.body(MOST_BODY_BYTES);
    if (exchange.header("content-encoding") !== "gzip") return body;
    return await gunzipped(body, { maxOutputLength: MOST_BODY_BYTES });
  } catch (error) {
    if (error instanceof BodyTooLargeError || isTooLong(error)) throw tooLarge(`limit is ${MOST_BODY_BYTES}`);
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
      throw badRequest(`the body is not gzip: ${error.message}`, error);
    throw error;
  }
}

const isTooLong = (error: unknown) =>
  error instanceof RangeError && (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";

export const tooLarge = (why: string) =>
  new StatusError({ code: 413, reason: "RequestEntityTooLarge", message: `Request entity too large: ${why}` });

/** A body and the type that it claims. */
export interface RawBody {
  readonly bytes: Buffer;
  readonly type: MediaType;
  /** Of YAML: what it says, or throws, where that was found out already. */
  readonly yaml?: (() => YamlIn) | undefined;
}

export async function rawBody(exchange: Exchange, yaml: YamlWork | undefined): Promise<RawBody> {
  const bytes = await readBody(exchange);
  const type = bodyType(exchange.header("content-type"));
  return type === YAML_TYPE ? { bytes, type, yaml: await yamlOfBody(bytes, yaml) } : { bytes, type };
}

/** Long YAML is read elsewhere, where there is such a place; what is JSON already needs no such detour. */
export async function yamlOfBody(bytes: Buffer, yaml: YamlWork | undefined): Promise<() => YamlIn> {
  const text = bytes.toString("utf8");
  if (yaml === undefined || bytes.length < LONG_YAML) return () => yamlIn(text);
  const value = jsonIn(text);
  if (value !== undefined) return () => ({ value, duplicates: [] });
  try {
    const found = await yaml.read(text);
    return () => found;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return () => {
      throw error;
    };
  }
}

/**
 * Decodes a body as `wanted`. Unknown and duplicate fields are refused (Strict) or told through `warn` (Warn).
 * A body without apiVersion or kind is taken for the wanted one; another one is refused.
 */
export function decodeBody(
  kinds: Kinds,
  body: RawBody,
  wanted: Wanted,
  strictness: Strictness,
  warn: (message: string) => void,
): KubeObject {
  let said: Pick<KubeObject, "apiVersion" | "kind"> = {};
  const failed = (why: string, cause?: unknown) => {
    const { apiVersion = wanted.apiVersion, kind = wanted.kind } = said;
    return badRequest(
      `${kind} in version ${JSON.stringify(versionOf(apiVersion))} cannot be handled as a ${wanted.kind}: ${why}`,
      cause,
    );
  };
  try {
    const { value, problems } = decodeAs(kinds, body, wanted, strictness);
    const object = value as KubeObject;
    said = object;
    checkKind(kinds, object, wanted);
    if (problems.length > 0) {
      if (strictness === "Strict") throw failed(`strict decoding error: ${problems.join(", ")}`);
      if (strictness === "Warn") for (const problem of problems) warn(problem);
    }
    return object.apiVersion === wanted.apiVersion && object.kind === wanted.kind ? object : named(object, wanted);
  } catch (error) {
    if (error instanceof DecodeError) throw failed(error.message, error);
    if (error instanceof JsonSyntaxError)
      throw unrecognized(
        body.bytes,
        wanted.kind,
        `couldn't get version/kind; json parse error: ${error.message}`,
        error,
      );
    if (error instanceof YamlError) throw unrecognized(body.bytes, wanted.kind, error.message, error);
    throw error;
  }
}

function named(object: KubeObject, { apiVersion, kind }: Wanted): KubeObject {
  const { apiVersion: _a, kind: _k, ...rest } = object;
  return Object.freeze({ apiVersion, kind, ...rest });
}

function decodeAs(
  kinds: Kinds,
  { bytes, type, yaml }: RawBody,
  wanted: Wanted,
  strictness: Strictness,
): Decoded<unknown> {
  if (type === PROTOBUF_TYPE) {
    // The envelope says the kind before the message is read as one.
    const { apiVersion, kind } = readEnvelope(bytes);
    checkKind(kinds, { apiVersion, kind }, wanted);
    // A message may hold amounts and times in other forms than the canonical ones.
    return decodeValue(wanted.schema, decodeObject(wanted.schema, bytes));
  }
  const text = bytes.toString("utf8");
  if (type !== YAML_TYPE) return decodeRepeated(wanted.schema, text, { strictness });
  const { value, duplicates } = yaml?.() ?? yamlIn(text);
  const decoded = decodeValue(wanted.schema, value, { strictness });
  if (duplicates.length === 0 || strictness === "Ignore") return decoded;
  return {
    value: decoded.value,
    problems: [`yaml: unmarshal errors:\n${duplicates.map((one) => `  ${one}`).join("\n")}`, ...decoded.problems],
  };
}

const versionOf = (apiVersion: string) => apiVersion.slice(apiVersion.lastIndexOf("/") + 1);

function unrecognized(bytes: Buffer, kind: string, why: string, cause: Error): StatusError {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${why} (${summaryOf(bytes)})`,
    cause,
  );
}

/** How much of an unreadable body is shown. */
const SHOWN_BYTES = 30;

/** Upstream shows text for what begins like JSON, hexadecimal digits for anything else. */
function summaryOf(bytes: Buffer): string {
  if (bytes.length === 0) return "<empty>";
  const shown = bytes.subarray(0, SHOWN_BYTES).toString(bytes[0] === 0x7b ? "utf8" : "hex");
  return bytes.length > SHOWN_BYTES ? `${shown} ...` : shown;
}
