// ConversionReview: how a webhook is asked to bring objects into another version, and whether what it answers may be
// believed. It refuses to send anything. Specification: apiextensions.k8s.io/v1; v1beta1 has the same form.
import { isJsonObject } from "../../schema/freeze.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { validateAnnotations, validateLabels } from "../../schema/metadata.ts";

const VERSIONS = ["v1", "v1beta1"];
const KIND = "ConversionReview";

export interface ConversionReview {
  readonly uid: string;
  readonly apiVersion: string;
  readonly body: string;
}

/** What is wrong with an answer, as the end of a sentence that begins "conversion webhook for …". */
export class ConversionError extends Error {
  override readonly name = "ConversionError";
}

/** `versions`: those of the review that the webhook reads, the best first. */
export function conversionReviewOf(
  objects: readonly JsonObject[],
  desiredAPIVersion: string,
  versions: readonly string[],
  uid: string,
): ConversionReview {
  const version = versions.find((one) => VERSIONS.includes(one)) ?? "v1";
  const apiVersion = `apiextensions.k8s.io/${version}`;
  const request = { uid, desiredAPIVersion, objects };
  return { uid, apiVersion, body: JSON.stringify({ kind: KIND, apiVersion, request }) };
}

/** The objects of an answer, each checked against the one it was made of. Throws {@link ConversionError}. */
export function convertedObjects(
  review: ConversionReview,
  body: string,
  originals: readonly JsonObject[],
  wanted: string,
): readonly JsonObject[] {
  const objects = objectsIn(review, body);
  if (objects.length !== originals.length)
    throw new ConversionError(`returned ${objects.length} objects, expected ${originals.length}`);
  const place = (i: number, what: string) =>
    originals.length === 1 ? `returned invalid ${what}` : `returned invalid converted ${what} at index ${i}`;
  return objects.map((object, i) => checked(object, originals[i]!, wanted, (what) => place(i, what)));
}

function objectsIn({ uid, apiVersion }: ConversionReview, body: string): readonly unknown[] {
  const review = parsed(body);
  const [said, kind] = [review["apiVersion"], review["kind"]];
  if (said !== apiVersion || kind !== KIND)
    throw failed(`expected webhook response of ${apiVersion}, Kind=${KIND}, got ${textOf(said)}, Kind=${textOf(kind)}`);
  const response = review["response"];
  if (!isJsonObject(response)) throw failed("no response provided");
  if (response["uid"] !== uid) throw failed(`expected response.uid="${uid}", got "${textOf(response["uid"])}"`);
  const { status, message } = (isJsonObject(response["result"]) ? response["result"] : {}) as JsonObject;
  if (status !== "Success")
    throw failed(
      typeof message === "string" && message !== ""
        ? message
        : `response.result.status was '${textOf(status)}', not 'Success'`,
    );
  const objects = response["convertedObjects"];
  return Array.isArray(objects) ? (objects as readonly unknown[]) : [];
}

const failed = (why: string) => new ConversionError(`failed: ${why}`);
const textOf = (value: unknown) => (typeof value === "string" ? value : "");

function parsed(body: string): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    if (isJsonObject(value)) return value;
  } catch (error) {
    throw new ConversionError(`failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  throw failed("the response is no object");
}

type Place = (what: string) => string;

/** In the wanted version, of the same kind, and the same object; of its metadata only labels and annotations may differ. */
function checked(object: unknown, original: JsonObject, wanted: string, place: Place): JsonObject {
  if (!isJsonObject(object)) throw new ConversionError(`${place("object")}: it is no object`);
  const { apiVersion, kind } = object;
  if (apiVersion !== wanted)
    throw new ConversionError(
      `${place("object")}: invalid groupVersion (expected ${wanted}, received ${textOf(apiVersion)})`,
    );
  if (kind !== original["kind"])
    throw new ConversionError(
      `${place("object")}: invalid kind (expected ${textOf(original["kind"])}, received ${textOf(kind)})`,
    );
  const before = metadataOf(original);
  const after = object["metadata"];
  for (const [name, called] of IDENTITY) {
    const now = isJsonObject(after) ? (after[name] ?? "") : "";
    if (now !== (before[name] ?? ""))
      throw new ConversionError(
        `${place("object")}: must have the same ${called}: ${textOf(before[name])} != ${textOf(now)}`,
      );
  }
  return { ...object, metadata: restored(before, after, place("metadata")) };
}

const IDENTITY = [
  ["name", "name"],
  ["namespace", "namespace"],
  ["uid", "UID"],
] as const;

const metadataOf = (object: JsonObject): JsonObject =>
  isJsonObject(object["metadata"]) ? object["metadata"] : ({} as JsonObject);

const VALIDATE = { labels: validateLabels, annotations: validateAnnotations } as const;

function restored(before: JsonObject, after: unknown, place: string): JsonObject {
  if (after === undefined) throw new ConversionError(`${place}: missing metadata in converted object`);
  if (!isJsonObject(after)) throw new ConversionError(`${place}: invalid metadata in converted object`);
  const metadata: Record<string, unknown> = { ...before };
  for (const name of ["labels", "annotations"] as const) {
    const given = after[name];
    delete metadata[name];
    if (given === undefined || given === null) continue;
    if (!isJsonObject(given)) throw new ConversionError(`${place}: invalid metadata.${name} in converted object`);
    for (const [key, value] of Object.entries(given))
      if (typeof value !== "string")
        throw new ConversionError(`${place}: metadata.${name}[${key}] must be a string in converted object`);
    const texts = given as Readonly<Record<string, string>>;
    const errors: FieldError[] = [];
    VALIDATE[name](texts, FieldPath.of("metadata", name), errors);
    const [error] = errors;
    if (error !== undefined) throw new ConversionError(`${place}: ${error.field}: ${error.body}`);
    metadata[name] = texts;
  }
  return metadata as JsonObject;
}
