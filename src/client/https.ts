// The carrier of Client over HTTPS: any Kubernetes API server, JSON both ways. It refuses to retry: callers know better.
import { Agent } from "./undici-agent.ts";
import { deepFreeze } from "../schema/freeze.ts";
import { readValue } from "../schema/read.ts";
import type { Status } from "../schema/meta/status.ts";
import { StatusError, internalError, serviceUnavailable } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type {
  CallOptions,
  Client,
  DeleteOptions,
  List,
  ListOptions,
  PatchType,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
import type { Connection } from "./connection.ts";
import { pathOf, queryOf } from "./path.ts";
import { watchStreams } from "./watch-streams.ts";
import type { StreamedAnswer, WatchStreams } from "./watch-streams.ts";

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** A watch line longer than this is not an event but a fault. */
const MAX_LINE_BYTES = 32 << 20;

export interface HttpsOptions {
  /** Names the client in the server's log and as the manager of the fields it writes. */
  readonly userAgent: string;
  /** The user that the server will see, for logs only. */
  readonly user?: string;
  /** All watches on one connection, for who has many small ones; a connection for each if left out. */
  readonly sharesWatches?: boolean;
}

/** A Client that can also be closed, and that can send requests of other kinds (logs, discovery). */
export interface HttpsClient extends Client {
  /** The answer's text, for paths that are no resources (`/readyz`, `/api/v1/…/log`). */
  raw(method: string, path: string, options?: RawOptions): Promise<{ status: number; body: string }>;
  /** The same connections, acting as another user, where the identity may impersonate or `token` is the other's. */
  as(user: string, credentials?: { readonly token: () => string }): HttpsClient;
  close(): Promise<void>;
}

export interface RawOptions extends CallOptions {
  readonly body?: unknown;
  /** What to ask for; JSON if left out. */
  readonly accept?: string;
}

interface Call extends RawOptions {
  readonly query?: Parameters<typeof queryOf>[0];
  readonly contentType?: string;
}

type Answer = Awaited<ReturnType<Agent["request"]>>;

export function httpsClient(connection: Connection, options: HttpsOptions): HttpsClient {
  const agent = new Agent({
    allowH2: false,
    bodyTimeout: 0,
    headersTimeout: 65_000,
    keepAliveTimeout: 60_000,
    connect: {
      ca: connection.ca,
      cert: connection.cert,
      key: connection.key,
      rejectUnauthorized: !connection.insecure,
      timeout: 10_000,
      ...(connection.serverName && { servername: connection.serverName }),
    },
  });
  return bind({ agent, ...(options.sharesWatches && { streams: watchStreams(connection) }) }, connection, options, []);
}

/** The connections of a client, shared by all that act through it. */
interface Carriers {
  readonly agent: Agent;
  readonly streams?: WatchStreams;
}

function bind(
  carriers: Carriers,
  connection: Connection,
  options: HttpsOptions,
  reactedTo: readonly string[],
): HttpsClient {
  const { agent, streams } = carriers;
  const { origin, pathname } = new URL(connection.server);
  const prefix = pathname.replace(/\/$/, "");

  function headers(call: Call): Record<string, string | string[]> {
    const { token, impersonate } = connection;
    return {
      accept: call.accept ?? "application/json",
      "user-agent": options.userAgent,
      ...(call.body !== undefined && { "content-type": call.contentType ?? "application/json" }),
      ...(token && { authorization: `Bearer ${typeof token === "string" ? token : token()}` }),
      ...(impersonate && { "impersonate-user": impersonate.user }),
      ...(impersonate?.groups && { "impersonate-group": [...impersonate.groups] }),
      ...(reactedTo.length > 0 && { "kaji-cause": reactedTo.join(",") }),
    };
  }

  async function send(method: string, path: string, call: Call): Promise<Answer> {
    call.signal?.throwIfAborted();
    try {
      return await agent.request({
        origin,
        method: method as "GET",
        path: prefix + path + queryOf(call.query ?? {}),
        headers: headers(call),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal: call.signal ?? null,
      });
    } catch (error) {
      throw broken(error, call.signal);
    }
  }

  /** The beginning of a watch, on the shared connection where there is one and the server can. */
  async function stream(path: string, call: Call): Promise<Answer | StreamedAnswer> {
    if (streams === undefined) return send("GET", path, call);
    try {
      const shared = await streams.open(prefix + path + queryOf(call.query ?? {}), headers(call), call.signal);
      if (shared !== undefined) return shared;
    } catch (error) {
      throw broken(error, call.signal);
    }
    return send("GET", path, call);
  }

  async function text({ body }: Answer | StreamedAnswer, signal: AbortSignal | undefined): Promise<string> {
    try {
      if ("text" in body) return await body.text();
      const parts: Uint8Array[] = [];
      for await (const part of body) parts.push(part);
      return Buffer.concat(parts).toString();
    } catch (error) {
      throw broken(error, signal);
    }
  }

  async function ask(method: string, path: string, call: Call): Promise<Received> {
    const answer = await send(method, path, call);
    const body = await text(answer, call.signal);
    const value = parse(body, answer.statusCode);
    if (answer.statusCode >= 400) throw StatusError.from(value as Partial<Status>, answer.statusCode);
    return { value, hasNulls: body.includes("null") };
  }

  const one = async <T extends KubeObject>(resource: Resource<T>, answer: Promise<Received>): Promise<T> => {
    const { value, hasNulls } = await answer;
    return settled(resource, value as T, hasNulls);
  };

  async function* watch<T extends KubeObject>(resource: Resource<T>, w: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      labelSelector: w.labelSelector,
      fieldSelector: w.fieldSelector,
      resourceVersion: w.resourceVersion,
      timeoutSeconds: w.timeoutSeconds,
      ...(w.sendInitialEvents !== undefined && {
        sendInitialEvents: String(w.sendInitialEvents),
        resourceVersionMatch: "NotOlderThan",
      }),
    };
    if (w.signal?.aborted) return;
    let answer: Answer | StreamedAnswer;
    try {
      answer = await stream(pathOf(resource, { namespace: w.namespace }), { query, signal: w.signal });
    } catch (error) {
      if (w.signal?.aborted) return;
      throw error;
    }
    if (answer.statusCode >= 400) {
      const value = parse(await text(answer, w.signal), answer.statusCode);
      throw StatusError.from(value as Partial<Status>, answer.statusCode);
    }
    try {
      for await (const line of lines(answer.body)) yield eventOf(resource, line);
    } catch (error) {
      if (w.signal?.aborted) return;
      throw error instanceof StatusError ? error : broken(error, w.signal);
    } finally {
      answer.body.destroy();
    }
  }

  const writing = (o: WriteOptions = {}) => ({
    query: { ...(o.dryRun && { dryRun: "All" }), fieldManager: o.fieldManager, fieldValidation: o.fieldValidation },
    signal: o.signal,
  });

  const deleting = (o: DeleteOptions = {}) => ({
    body: {
      apiVersion: "v1",
      kind: "DeleteOptions",
      ...(o.dryRun && { dryRun: ["All"] }),
      ...(o.gracePeriodSeconds !== undefined && { gracePeriodSeconds: o.gracePeriodSeconds }),
      ...(o.propagationPolicy && { propagationPolicy: o.propagationPolicy }),
      ...(o.preconditions && { preconditions: o.preconditions }),
    },
    signal: o.signal,
  });

  return {
    user: options.user ?? "",
    get: (r, name, o = {}) =>
      one(
        r,
        ask("GET", pathOf(r, { ...name, subresource: o.subresource }), {
          query: { resourceVersion: o.resourceVersion },
          signal: o.signal,
        }),
      ),
    async list<T extends KubeObject>(r: Resource<T>, { namespace, signal, ...query }: ListOptions = {}) {
      const { value, hasNulls } = await ask("GET", pathOf(r, { namespace }), { query, signal });
      const list = value as List<T>;
      return deepFreeze({
        metadata: list.metadata,
        items: (list.items ?? []).map((item) => settled(r, item, hasNulls)),
      });
    },
    watch,
    create: (r, object, o) => {
      const { namespace, name } = object.metadata;
      const place = o?.subresource ? { namespace, name, subresource: o.subresource } : { namespace };
      return one(r, ask("POST", pathOf(r, place), { body: stamped(r, object), ...writing(o) }));
    },
    update: (r, object, o) => {
      const { namespace, name } = object.metadata;
      return one(
        r,
        ask("PUT", pathOf(r, { namespace, name, subresource: o?.subresource }), {
          body: stamped(r, object),
          ...writing(o),
        }),
      );
    },
    patch: (r, name, { type, body, force }, o) => {
      const { query, signal } = writing(o);
      const call = { body, contentType: PATCH_TYPES[type], query: { ...query, ...(force && { force: true }) }, signal };
      return one(r, ask("PATCH", pathOf(r, { ...name, subresource: o?.subresource }), call));
    },
    delete: async <T extends KubeObject>(
      r: Resource<T>,
      name: { namespace?: string | undefined; name: string },
      o?: DeleteOptions,
    ) => one(r as Resource<T>, ask("DELETE", pathOf(r, name), deleting(o))) as Promise<T | Status>,
    async deleteCollection(r, { namespace, signal, ...query }, o) {
      await ask("DELETE", pathOf(r, { namespace }), { ...deleting(o), query, signal });
    },
    command: async (r, name, subresource, body, o) =>
      one(r as Resource, ask("POST", pathOf(r, { ...name, subresource }), { body, ...writing(o) })),
    because: (revisions) => bind(carriers, connection, options, revisions),
    async raw(method, path, o = {}) {
      const answer = await send(method, path, o);
      return { status: answer.statusCode, body: await text(answer, o.signal) };
    },
    as(user, credentials) {
      if (!credentials) return bind(carriers, { ...connection, impersonate: { user } }, { ...options, user }, []);
      // A client certificate would win over the token: a connection without one is needed.
      const { cert: _, key: __, impersonate: ___, ...anonymous } = connection;
      return httpsClient({ ...anonymous, token: credentials.token }, { ...options, user });
    },
    close() {
      streams?.close();
      return agent.destroy();
    },
  };
}

/** What a server answered, and whether a null may be in it. */
interface Received {
  readonly value: unknown;
  readonly hasNulls: boolean;
}

/**
 * An object as the rest of the house knows it: with its kind, frozen, and what servers write as null (empty lists, unset
 * times) as `schema/read.ts` says. Answers of another kind than was asked (Scale, Status) are only frozen.
 */
function settled<T extends KubeObject>(resource: Resource<T>, object: T, hasNulls: boolean): T {
  const whole = stamped(resource, object);
  if (!hasNulls || whole.kind !== resource.kind) return deepFreeze(whole);
  return readValue(resource.schema, whole) as unknown as T;
}

/** What a failed connection becomes; an aborted call keeps its reason. */
function broken(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const failure = serviceUnavailable(
    `the API server cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
  );
  failure.cause = error;
  return failure;
}

function parse(body: string, code: number): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    // Proxies and plain text answers (404 page not found) are no JSON.
    if (code >= 400) return { message: body.trim() };
    throw internalError(`the server's answer is no JSON: ${body.slice(0, 200)}`, cause);
  }
}

/** With apiVersion and kind, which items of lists lack. */
function stamped<T extends object>(resource: Pick<Resource, "group" | "version" | "kind">, object: T): T {
  if ((object as { kind?: string }).kind) return object;
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      const line = Buffer.concat(parts).toString();
      parts = [];
      size = 0;
      start = end + 1;
      if (line) yield line;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > MAX_LINE_BYTES) throw internalError(`a watch event exceeds ${MAX_LINE_BYTES} bytes`);
  }
}

function eventOf<T extends KubeObject>(resource: Resource<T>, line: string): WatchEvent<T> {
  const { type, object } = JSON.parse(line) as { type: string; object: T };
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type, object: settled(resource, object, line.includes("null")) };
    case "BOOKMARK": {
      const { resourceVersion = "", annotations = {} } = object.metadata;
      return { type, resourceVersion, initialEnd: annotations["k8s.io/initial-events-end"] === "true" };
    }
    case "ERROR":
      throw StatusError.from(object as Partial<Status>, 500);
    default:
      throw internalError(`unknown watch event ${type}`);
  }
}
