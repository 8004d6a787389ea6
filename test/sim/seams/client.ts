// The line between a component and the API server: every call and every event passes rules that faults and planted
// bugs hang in. It refuses to decide anything itself.
import type { Client, DeleteOptions, ObjectName, WatchEvent, WatchOptions } from "../../../src/client/client.ts";
import { hasReason, serviceUnavailable } from "../../../src/schema/meta/status.ts";
import type { KubeObject, Resource } from "../../../src/schema/resource.ts";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection" | "command";

/** One call, as a rule sees it. */
export interface Request {
  /** Which component: `controllers`, `scheduler`, `kubelet/node-1`, `user`. */
  readonly who: string;
  readonly verb: Verb;
  readonly resource: Pick<Resource, "group" | "plural" | "kind">;
  readonly name: ObjectName;
  readonly subresource: string | undefined;
  /** What was sent, for create and update. */
  readonly object: unknown;
}

/** A stream of events that is open now. */
export interface OpenWatch {
  readonly who: string;
  readonly plural: string;
  /** Ends it as a lost connection would: with the error, or quietly. */
  cut(error?: Error): void;
}

/** What stands in the way of calls. Every part may be missing; what throws takes the place of the answer. */
export interface ClientRule {
  /** Before the request leaves. Throwing here: the server never heard of it. */
  before?(request: Request): Promise<void> | void;
  /** After the server did it. Throwing here: the writer never learns. */
  after?(request: Request): Promise<void> | void;
  /** Before each event of a watch is handed on: waits as long as it likes. */
  held?(who: string, plural: string): Promise<void> | undefined;
  /** How many times an event is handed on; 1 if it says nothing. */
  times?(who: string, plural: string): number | undefined;
}

/** What a planted bug does to one component's client; the innermost layer. */
export type ClientBug = (client: Client, who: string) => Client;

export interface ClientLine {
  readonly rules: Set<ClientRule>;
  readonly watches: Set<OpenWatch>;
  /** Told of each answer that reached its writer. */
  onAcknowledged: (request: Request, answer: unknown) => void;
  onLost: (request: Request) => void;
  /** Asked before each call and each event: false, and whoever calls waits for ever. The run is over then. */
  passes: (who: string, what: string) => boolean;
  /** How many calls of each component are on their way. */
  readonly pending: Map<string, number>;
}

export function clientLine(): ClientLine {
  return {
    rules: new Set(),
    watches: new Set(),
    onAcknowledged: () => {},
    onLost: () => {},
    passes: () => true,
    pending: new Map(),
  };
}

/** How many calls of a part (`controllers`, with all of its identities) are on their way. */
export function pendingOf({ pending }: ClientLine, part: string): number {
  let sum = 0;
  for (const [who, count] of pending) if (who === part || who.startsWith(`${part}/`)) sum += count;
  return sum;
}

/** Where the API server is now: its generation, and a client of it; undefined while it is down. */
export type Target = () => { readonly generation: number; readonly client: Client } | undefined;

/** A client whose calls pass the line. */
export function throughLine(line: ClientLine, who: string, user: string, target: Target): Client {
  const reach = () => {
    const found = target();
    if (!found) throw serviceUnavailable("dial tcp 192.0.2.100:6443: connect: connection refused");
    return found;
  };
  const count = (by: number) => void line.pending.set(who, (line.pending.get(who) ?? 0) + by);
  async function call<R>(request: Request, work: (client: Client) => Promise<R>): Promise<R> {
    if (!line.passes(who, `${request.verb} ${request.resource.plural}`)) return NEVER;
    count(1);
    try {
      return await answered(request, work);
    } finally {
      count(-1);
    }
  }
  async function answered<R>(request: Request, work: (client: Client) => Promise<R>): Promise<R> {
    for (const rule of line.rules) await rule.before?.(request);
    const { generation, client } = reach();
    const answer = await work(client).catch((error: unknown) => {
      // A server that lost its store does not know either.
      if (hasReason(error, "ServiceUnavailable")) line.onLost(request);
      throw error;
    });
    try {
      // A server that ended meanwhile took the answer with it.
      if (target()?.generation !== generation)
        throw serviceUnavailable("read tcp 192.0.2.100:6443: connection reset by peer");
      for (const rule of line.rules) await rule.after?.(request);
    } catch (error) {
      line.onLost(request);
      throw error;
    }
    line.onAcknowledged(request, answer);
    return answer;
  }
  const asked = (
    verb: Verb,
    resource: Request["resource"],
    name: ObjectName,
    subresource?: string,
    object?: unknown,
  ): Request => ({ who, verb, resource, name, subresource, object });
  const made = (because: (client: Client) => Client): Client => {
    const via = <R>(request: Request, work: (client: Client) => Promise<R>) =>
      call(request, (client) => work(because(client)));
    return {
      user,
      get: (r, name, o) => via(asked("get", r, name, o?.subresource), (c) => c.get(r, name, o)),
      list: (r, o) => via(asked("list", r, { namespace: o?.namespace, name: "" }), (c) => c.list(r, o)),
      watch: (r, o) => watchThrough(line, who, reach, r, o),
      create: (r, object, o) =>
        via(asked("create", r, nameIn(object), o?.subresource, object), (c) => c.create(r, object, o)),
      update: (r, object, o) =>
        via(asked("update", r, nameIn(object), o?.subresource, object), (c) => c.update(r, object, o)),
      patch: (r, name, patch, o) =>
        via(asked("patch", r, name, o?.subresource, patch.body), (c) => c.patch(r, name, patch, o)),
      delete: (r, name, o?: DeleteOptions) => via(asked("delete", r, name), (c) => c.delete(r, name, o)),
      deleteCollection: (r, select, o) =>
        via(asked("deletecollection", r, { namespace: select.namespace, name: "" }), (c) =>
          c.deleteCollection(r, select, o),
        ),
      command: (r, name, sub, body, o) =>
        via(asked("command", r, name, sub, body), (c) => c.command(r, name, sub, body, o)),
      because: (revisions) => made((client) => because(client).because(revisions)),
    };
  };
  return made((client) => client);
}

const NEVER = new Promise<never>(() => {});

function nameIn(object: object): ObjectName {
  const { metadata } = object as Partial<KubeObject>;
  return { namespace: metadata?.namespace, name: metadata?.name ?? "" };
}

async function* watchThrough<T extends KubeObject>(
  line: ClientLine,
  who: string,
  reach: () => { client: Client },
  resource: Resource<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>, void, void> {
  const { plural } = resource;
  if (!line.passes(who, `watch ${plural}`)) await NEVER;
  for (const rule of line.rules)
    await rule.before?.({ who, verb: "watch", resource, name: { name: "" }, subresource: undefined, object: options });
  options.signal?.throwIfAborted();
  const { client } = reach();
  const stop = new AbortController();
  let failure: Error | undefined;
  const watch: OpenWatch = {
    who,
    plural,
    cut(error) {
      failure = error;
      stop.abort();
    },
  };
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  line.watches.add(watch);
  try {
    for await (const event of client.watch(resource, { ...options, signal })) {
      for (const rule of line.rules) await rule.held?.(who, plural);
      if (signal.aborted) break;
      if (!line.passes(who, `events of ${plural}`)) await NEVER;
      let times = 1;
      for (const rule of line.rules) times = rule.times?.(who, plural) ?? times;
      for (let i = 0; i < times; i++) yield event;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    line.watches.delete(watch);
  }
  if (failure) throw failure;
}
