// Converts custom resources by asking the webhook of their definition: in batches, each answer checked. It refuses to know
// what is kept and who reads it (conversion.ts).
import type { Random } from "../../base/random.ts";
import { uuid } from "../../base/random.ts";
import type { CustomResourceDefinition } from "../../resources/apiextensions/custom-resource-definition.ts";
import { StatusError } from "../../schema/meta/status.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { Lookup } from "../admission/plugin.ts";
import type { WebhookDialer } from "../admission/webhooks/dialer.ts";
import { placeOf, urlOf } from "../admission/webhooks/place.ts";
import { statusText } from "../admission/webhooks/status-text.ts";
import type { ConvertObjects } from "./conversion.ts";
import { ConversionError, convertedObjects, conversionReviewOf } from "./review.ts";

const SECONDS = 30;
/** What is sent at once: an answer has a limit, and the other side builds it in memory. */
const MOST_OBJECTS = 500;
const MOST_BYTES = 1024 * 1024;

export interface ConversionTools {
  readonly random: Random;
  readonly dial: WebhookDialer;
  readonly lookup: Lookup;
}

type Conversion = NonNullable<CustomResourceDefinition["spec"]["conversion"]>;

/** How the objects of a definition are converted; undefined where only their version is another one. */
export function convertByWebhook(
  { spec }: CustomResourceDefinition,
  tools: ConversionTools,
): ConvertObjects | undefined {
  const { strategy, webhook } = spec.conversion ?? {};
  if (strategy !== "Webhook" || webhook?.clientConfig === undefined) return undefined;
  return async (objects, apiVersion) => {
    const converted: JsonObject[] = [];
    for (const batch of batches(objects)) converted.push(...(await askFor(batch, apiVersion, webhook, tools)));
    return converted;
  };
}

function* batches(objects: readonly JsonObject[]): Generator<readonly JsonObject[]> {
  let batch: JsonObject[] = [];
  let bytes = 0;
  for (const object of objects) {
    const size = JSON.stringify(object).length;
    if (batch.length > 0 && (batch.length === MOST_OBJECTS || bytes + size > MOST_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(object);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function askFor(
  objects: readonly JsonObject[],
  apiVersion: string,
  { clientConfig, conversionReviewVersions }: NonNullable<Conversion["webhook"]>,
  { random, dial, lookup }: ConversionTools,
): Promise<readonly JsonObject[]> {
  const review = conversionReviewOf(objects, apiVersion, conversionReviewVersions, uuid(random));
  const [first] = objects;
  const what = `${String(first?.["apiVersion"])}, Kind=${String(first?.["kind"])}`;
  try {
    const reply = await dialled(clientConfig!, review.body, dial, lookup);
    return convertedObjects(review, reply, objects, apiVersion);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    // Upstream has no reason for these.
    const message = `conversion webhook for ${what} ${error.message}`;
    throw new StatusError({ code: 500, reason: "", message, cause: error });
  }
}

async function dialled(
  config: NonNullable<NonNullable<Conversion["webhook"]>["clientConfig"]>,
  body: string,
  dial: WebhookDialer,
  lookup: Lookup,
): Promise<string> {
  let reply: Awaited<ReturnType<WebhookDialer>>;
  try {
    const { url: _, ...place } = placeOf(config, SECONDS, lookup);
    // Others may wait for the same answer: it is not cut off when one of them goes.
    reply = await dial({ ...place, body, timeoutMs: SECONDS * 1000, signal: NEVER });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const post = `Post ${JSON.stringify(urlOf(config, SECONDS))}: ${error.message}`;
    throw new ConversionError(`failed: ${post}`, { cause: error });
  }
  if (reply.status < 200 || reply.status > 299) throw new ConversionError(`failed: ${statusText(reply)}`);
  return reply.body;
}

const NEVER = new AbortController().signal;
