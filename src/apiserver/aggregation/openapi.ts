// The OpenAPI documents of other servers, asked for when ours are read and kept for a while. It refuses to merge them.
import type { APIService } from "../../resources/apiregistration/api-service.ts";
import { isJsonObject } from "../../schema/freeze.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { Parts } from "../parts.ts";
import { groupVersionOf, isAvailable } from "./api-services.ts";
import { placeOfService, userHeaders } from "./place.ts";

const KEPT_MS = 60_000;
const TIMEOUT_MS = 10_000;
const ASKER = { name: "system:aggregator", groups: ["system:masters", "system:authenticated"] };

/** A server, the group versions that it serves here, and its document; undefined where it has none. */
export interface RemoteDocument {
  readonly groupVersions: readonly string[];
  readonly document: JsonObject;
  /** Differs when the document does. */
  readonly hash: string;
}

interface Kept {
  readonly until: number;
  readonly reply: Promise<{ readonly document: JsonObject; readonly hash: string } | undefined>;
}

const kept = new WeakMap<Parts, Map<string, Kept>>();

/** `/openapi/v2` or `/openapi/v3` of each server that can be reached. One that fails is left out. */
export async function remoteDocuments(parts: Parts, path: string): Promise<readonly RemoteDocument[]> {
  const remotes = [...(parts.aggregation?.services.remotes.values() ?? [])].filter(isAvailable);
  if (remotes.length === 0) return [];
  const servers = Map.groupBy(remotes, ({ spec }) => JSON.stringify([spec.service, spec.caBundle]));
  const documents = await Promise.all(
    [...servers].map(async ([key, services]) => {
      const found = await documentOf(parts, `${key} ${path}`, services[0]!, path);
      return found && { ...found, groupVersions: services.map(groupVersionOf) };
    }),
  );
  return documents.filter((one) => one !== undefined);
}

function documentOf(parts: Parts, key: string, service: APIService, path: string): Kept["reply"] {
  let memory = kept.get(parts);
  if (memory === undefined) kept.set(parts, (memory = new Map()));
  const now = parts.clock.monotonic();
  const found = memory.get(key);
  if (found !== undefined && found.until > now) return found.reply;
  const reply = fetched(parts, service, path);
  memory.set(key, { until: now + KEPT_MS, reply });
  return reply;
}

async function fetched(parts: Parts, service: APIService, path: string): Kept["reply"] {
  try {
    const place = placeOfService(service, parts.admissionServices.lookup);
    const headers = { ...(userHeaders(ASKER) as Record<string, string>), accept: "application/json" };
    const { status, body, etag } = await parts.aggregation!.dial({ ...place, path, headers, timeoutMs: TIMEOUT_MS });
    const document: unknown = status === 200 ? JSON.parse(body) : undefined;
    return isJsonObject(document) ? { document, hash: etag ?? String(body.length) } : undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    parts.log.info("another server's OpenAPI document was not read", { path, error: error.message });
    return undefined;
  }
}
