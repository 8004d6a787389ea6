// The local carrier of Client: calls the verbs without a codec in between, for components in the server's own process.
// It refuses to authenticate: a client is bound to its user at birth. Authorization and admission are as for HTTP, and
// only microtasks are used. What goes in is walked into fresh frozen objects, what comes out are the cache's frozen ones.
import type {
  Client,
  DeleteOptions as ClientDelete,
  Draft,
  GetOptions,
  List,
  ListOptions as ClientList,
  ObjectName,
  PatchType,
  WatchEvent,
  WatchOptions,
  WriteOptions as ClientWrite,
} from "../client/client.ts";
import { walkIn, DecodeError } from "../schema/decode.ts";
import { copyJson } from "../schema/freeze.ts";
import { badRequest, notFound, StatusError } from "../schema/meta/status.ts";
import type { Status } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { withStandingGroups } from "./authentication/authenticate.ts";
import { refusal } from "./authorization/authorize.ts";
import { runCommand } from "./commands/run.ts";
import { workedKept } from "./kinds.ts";
import type { ServedKind } from "./kinds.ts";
import type { Parts } from "./parts.ts";
import type { RequestContext, RequestInfo, User } from "./request.ts";
import { statusErrorOf } from "./respond.ts";
import type { Answer, Call } from "./verbs/call.ts";
import { converted, converting, convertingBatch } from "./verbs/converted.ts";
import { create } from "./verbs/create.ts";
import { deleteCollection } from "./verbs/delete-collection.ts";
import { deleteOne } from "./verbs/delete.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { checkedDeleteOptions } from "./verbs/options.ts";
import type { DeleteOptions, WriteOptions } from "./verbs/options.ts";
import { patch } from "./verbs/patch.ts";
import { getScale, patchScale, updateScale } from "./verbs/scale.ts";
import { selectionOf } from "./verbs/select.ts";
import { update } from "./verbs/update.ts";
import { watch } from "./verbs/watch.ts";
import { withRevision } from "./watch-cache/kept.ts";
import type { Seen } from "./watch-cache/watcher.ts";

export function localClient(parts: Parts, user: User, userAgent = "kaji"): Client {
  return new LocalClient(parts, withStandingGroups(user), userAgent, []);
}

class LocalClient implements Client {
  readonly user: string;
  readonly #parts: Parts;
  readonly #user: User;
  readonly #userAgent: string;
  readonly #reactedTo: readonly number[];

  constructor(parts: Parts, user: User, userAgent: string, reactedTo: readonly number[]) {
    this.user = user.name;
    this.#parts = parts;
    this.#user = user;
    this.#userAgent = userAgent;
    this.#reactedTo = reactedTo;
  }

  because(reactedTo: readonly string[]): Client {
    return new LocalClient(
      this.#parts,
      this.#user,
      this.#userAgent,
      reactedTo.map(Number).filter(Number.isSafeInteger),
    );
  }

  async get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, options: GetOptions = {}): Promise<T> {
    const call = this.#call("get", resource, name, options);
    const scaled = isScale(call);
    return this.#run(
      async () =>
        objectOf<T>(
          await converted(
            scaled ? getScale(call, options.resourceVersion ?? "") : get(call, options.resourceVersion ?? ""),
          ),
        ),
      options.signal,
    );
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ClientList = {}): Promise<List<T>> {
    const call = this.#call("list", resource, { namespace: options.namespace, name: "" }, options);
    return this.#run(async () => {
      const answer = await list(call, selectionOf(call, options), {
        resourceVersion: options.resourceVersion ?? "",
        match: options.resourceVersionMatch ?? "",
        limit: options.limit ?? 0,
        continueToken: options.continue ?? "",
      });
      if (answer.type !== "list") throw new Error("a list answers with a list");
      const pending = converting(answer);
      if (pending !== undefined) await pending;
      const { resourceVersion = "", continue: token, remainingItemCount } = answer.meta;
      return {
        metadata: {
          resourceVersion,
          ...(token !== undefined && { continue: token }),
          ...(remainingItemCount !== undefined && { remainingItemCount }),
        },
        items: answer.items.map((kept) => workedKept(call.served, kept) as T),
      };
    }, options.signal);
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, void> {
    const call = this.#call("watch", resource, { namespace: options.namespace, name: "" }, options);
    const { signal } = options;
    signal?.throwIfAborted();
    const started = await this.#run(
      () =>
        watch(call, selectionOf(call, options), {
          resourceVersion: options.resourceVersion ?? "",
          sendInitialEvents: options.sendInitialEvents,
          bookmarks: true,
          timeoutSeconds: options.timeoutSeconds,
        }),
      signal,
    );
    const end = () => started.end();
    signal?.addEventListener("abort", end, { once: true });
    try {
      for await (const batch of started) {
        const pending = convertingBatch(call.served, batch);
        if (pending !== undefined) await pending;
        for (const output of batch) {
          if (signal?.aborted) return;
          if (output.type === "failure") throw StatusError.from(output.status, 410);
          if (output.type === "bookmark")
            yield { type: "BOOKMARK", resourceVersion: String(output.revision), initialEnd: output.initialEnd };
          else yield { type: output.seen.type, object: shownObject<T>(call.served, output.seen) };
        }
      }
    } finally {
      signal?.removeEventListener("abort", end);
      started.end();
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: Draft<T>, options: ClientWrite = {}): Promise<T> {
    const sent = walkedIn(resource, object);
    const call = this.#call("create", resource, { namespace: sent.metadata?.namespace, name: "" }, options);
    return this.#run(async () => objectOf<T>(await converted(create(call, sent, writing(options)))), options.signal);
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: ClientWrite = {}): Promise<T> {
    const { namespace, name = "" } = object.metadata;
    const call = this.#call("update", resource, { namespace, name }, options);
    const scaled = isScale(call);
    const sent = walkedIn(scaled ? this.#parts.scale.resource : resource, object);
    return this.#run(
      async () =>
        objectOf<T>(
          await converted(scaled ? updateScale(call, sent, writing(options)) : update(call, sent, writing(options))),
        ),
      options.signal,
    );
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    { type, body, force = false }: { readonly type: PatchType; readonly body: unknown; readonly force?: boolean },
    options: ClientWrite = {},
  ): Promise<T> {
    const call = this.#call("patch", resource, name, options);
    const copy = copied(body);
    const all = { ...writing(options), force };
    return this.#run(
      async () =>
        objectOf<T>(await converted(isScale(call) ? patchScale(call, type, copy, all) : patch(call, type, copy, all))),
      options.signal,
    );
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options: ClientDelete = {},
  ): Promise<T | Status> {
    const call = this.#call("delete", resource, name, options);
    return this.#run(async () => answerOf<T>(await converted(deleteOne(call, deleting(options)))), options.signal);
  }

  async deleteCollection<T extends KubeObject>(
    resource: Resource<T>,
    select: ClientList,
    options: ClientDelete = {},
  ): Promise<void> {
    const call = this.#call("deletecollection", resource, { namespace: select.namespace, name: "" }, options);
    await this.#run(
      () =>
        deleteCollection(
          call,
          selectionOf(call, select),
          { resourceVersion: "", match: "", limit: select.limit ?? 0, continueToken: select.continue ?? "" },
          deleting(options),
        ),
      options.signal,
    );
  }

  async command(
    resource: Resource,
    name: ObjectName,
    subresource: string,
    body: KubeObject,
    options: ClientWrite = {},
  ): Promise<KubeObject | Status> {
    const call = this.#call("create", resource, name, { ...options, subresource });
    const found = resource.subresources[subresource];
    if (found?.type !== "command")
      throw notFound({ group: resource.group, resource: `${resource.plural}/${subresource}` }, name.name);
    const sent = copied(body) as KubeObject;
    return this.#run(
      async () => answerOf<KubeObject>(await runCommand(call, found.name, sent, writing(options))),
      options.signal,
    );
  }

  /** One call, authorized. */
  #call(
    verb: string,
    resource: Pick<Resource, "group" | "version" | "plural">,
    { namespace = "", name }: ObjectName,
    options: {
      readonly subresource?: string | undefined;
      readonly signal?: AbortSignal | undefined;
      readonly labelSelector?: string | undefined;
      readonly fieldSelector?: string | undefined;
    },
  ): Call {
    const served = this.#parts.kinds.of(resource);
    if (served === undefined) throw notFound({ group: resource.group, resource: resource.plural }, name);
    const { subresource = "", labelSelector, fieldSelector } = options;
    const info: RequestInfo = {
      isResource: true,
      verb,
      path: "",
      group: resource.group,
      version: resource.version,
      namespace,
      resource: resource.plural,
      subresource,
      name,
      labelSelector,
      fieldSelector,
    };
    const decision = this.#parts.authorizer.authorize(this.#user, info);
    if (decision.outcome !== "allow") throw refusal(this.#user, info, decision.reason);
    return {
      parts: this.#parts,
      served,
      context: this.#context(info, served, options.signal),
      namespace,
      name,
      subresource,
    };
  }

  #context(info: RequestInfo, served: ServedKind, signal: AbortSignal | undefined): RequestContext {
    const { clock, auditIds, log } = this.#parts;
    return {
      info,
      resource: served.resource,
      user: this.#user,
      userAgent: this.#userAgent,
      auditId: auditIds.next(),
      reactedTo: this.#reactedTo,
      receivedAt: clock.now(),
      signal: signal ?? NEVER,
      log,
      warn: (message) => log.debug("a request was warned", { message, user: this.user }),
    };
  }

  /** Errors as every carrier tells them; an aborted call rejects with the signal's reason, though what it began goes on. */
  async #run<R>(work: () => Promise<R>, signal: AbortSignal | undefined): Promise<R> {
    signal?.throwIfAborted();
    try {
      const result = await work();
      signal?.throwIfAborted();
      return result;
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      throw statusErrorOf(error);
    }
  }
}

const NEVER = new AbortController().signal;

const isScale = ({ served, subresource }: Call) => served.resource.subresources[subresource]?.type === "scale";

const writing = ({ dryRun = false, fieldManager = "", fieldValidation = "Ignore" }: ClientWrite): WriteOptions => ({
  dryRun,
  fieldManager,
  strictness: fieldValidation,
});

function deleting({ dryRun, gracePeriodSeconds, propagationPolicy, preconditions }: ClientDelete): DeleteOptions {
  return checkedDeleteOptions({
    ...(dryRun && { dryRun: ["All"] }),
    gracePeriodSeconds,
    propagationPolicy,
    preconditions,
  });
}

/** The caller's object made ours, with its kind. */
function walkedIn(resource: Resource, object: object): KubeObject {
  const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version;
  try {
    return walkIn(resource.schema, { ...object, apiVersion, kind: resource.kind }) as unknown as KubeObject;
  } catch (error) {
    if (error instanceof DecodeError)
      throw badRequest(
        `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: ${error.message}`,
        error,
      );
    throw error;
  }
}

function copied(value: unknown): unknown {
  try {
    return copyJson(value);
  } catch (error) {
    if (error instanceof TypeError) throw badRequest(error.message, error);
    throw error;
  }
}

/** The object of an event: a deletion shows the last state with the revision of the deletion. */
function shownObject<T extends KubeObject>(served: ServedKind, { kept, revision }: Seen): T {
  const object = workedKept(served, kept);
  return (revision === kept.revision ? object : withRevision(object, revision)) as T;
}

function answerOf<T extends KubeObject>(answer: Answer): T | Status {
  switch (answer.type) {
    case "kept":
      return workedKept(answer.served, answer.kept) as T;
    case "object":
      return answer.object as T;
    case "status":
      return answer.status;
    default:
      throw new Error(`a ${answer.type} is no answer to this call`);
  }
}

function objectOf<T extends KubeObject>(answer: Answer): T {
  const found = answerOf<T>(answer);
  if ("status" in found && answer.type === "status") throw new Error("a Status is no answer to this call");
  return found as T;
}
