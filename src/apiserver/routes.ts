// The last stage: which verb or endpoint a request reaches, its body and options read, its answer sent. It refuses to do
// what verbs do: they are called here and by the local client alike.
import { notFound, StatusError } from "../schema/meta/status.ts";
import { parseFieldSelectorFor, selectionOf } from "./verbs/select.ts";
import { deepFreeze } from "../schema/freeze.ts";
import type { Verb } from "../schema/resource.ts";
import { handOn, remoteOf } from "./aggregation/proxy.ts";
import { decodeBody, rawBody } from "./body.ts";
import type { RawBody } from "./body.ts";
import { readDeleteOptions, readPatch } from "./patch-body.ts";
import { connect, passesOn } from "./connect/connect.ts";
import { runCommand, commandBody } from "./commands/run.ts";
import { includeObjectOf } from "./encoding/table-shape.ts";
import type { IncludeObject } from "./encoding/table-shape.ts";
import { encoderFor } from "./encoding/values.ts";
import { LONG_YAML } from "./encoding/yaml-in.ts";
import type { Encoder } from "./encoding/encoder.ts";
import { endpoint } from "./endpoints/router.ts";
import { noSuchMethod, noSuchResource } from "./no-such.ts";
import type { ServedKind } from "./kinds.ts";
import { checkShape, FULL_OFFER, negotiate, PLAIN_OFFER, WATCH_OFFER, withoutProtobuf } from "./negotiation.ts";
import type { Accepted, Offer } from "./negotiation.ts";
import type { Parts } from "./parts.ts";
import type { HttpRequest } from "./pipeline.ts";
import { pathTail } from "./request-info.ts";
import { send, sendPieces, sendStatus, sendText, sendYaml } from "./respond.ts";
import { streamWatch } from "./stream-watch.ts";
import { targetOf } from "./verbs/call.ts";
import type { Answer, Call } from "./verbs/call.ts";
import { converting } from "./verbs/converted.ts";
import { create } from "./verbs/create.ts";
import { deleteCollection } from "./verbs/delete-collection.ts";
import { deleteOne } from "./verbs/delete.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { listOptions, patchOptions, writeOptions } from "./verbs/options.ts";
import { patch } from "./verbs/patch.ts";
import { getScale, patchScale, updateScale } from "./verbs/scale.ts";
import { update } from "./verbs/update.ts";
import { watch } from "./verbs/watch.ts";

/** Where a request stands that names a kind. */
interface Target {
  readonly call: Call;
  readonly served: ServedKind;
  readonly request: HttpRequest;
  readonly method: string;
}

/** Answers one request that may do what it asks for. */
export function route(request: HttpRequest, parts: Parts): void | Promise<void> {
  const { info, exchange } = request;
  const remote = remoteOf(request, parts);
  if (remote !== undefined) return handOn(request, parts, remote);
  if (!info.isResource || !exchange.url.startsWith("/api") || request.path.startsWith("//"))
    return endpoint(request, parts);
  const served = parts.kinds.find(info.group, info.version, info.resource);
  if (served === undefined) {
    if (parts.kinds.hasBuiltIn(info.group)) throw noSuchResource();
    return sendText(request, 404, "404 page not found\n");
  }
  const { namespaced, tail } = pathTail(request.segments);
  const call: Call = {
    parts,
    served,
    context: request,
    namespace: namespaced ? info.namespace : "",
    name: tail[0] ?? "",
    subresource: tail[1] ?? "",
  };
  if (served.resource.deprecation !== undefined) request.warn(served.resource.deprecation);
  const target: Target = { call, served, request, method: exchange.method };
  checkPlace(target, namespaced, tail);
  if (call.name === "") return collection(target);
  if (call.subresource !== "") return subresource(target, tail);
  return one(target);
}

/** The path must lead somewhere for a kind of this scope. */
function checkPlace({ served, method, request }: Target, namespaced: boolean, tail: readonly string[]): void {
  const { scope, subresources } = served.resource;
  const deeper = tail.length > 2 && subresources[tail[1]!]?.type !== "connect";
  if (deeper || (scope === "Cluster" && namespaced)) throw noSuchResource();
  if (scope === "Namespaced" && !namespaced) {
    if (tail.length > 0) throw noSuchResource();
    if (method !== "GET") throw noSuchMethod();
  }
  const [name = ""] = tail;
  if (name === "." || name === ".." || name.includes("%")) {
    const why = name.includes("%") ? "may not contain '%'" : `may not be '${name}'`;
    throw new StatusError({
      code: 400,
      reason: "BadRequest",
      message: `Name parameter invalid: ${JSON.stringify(name)}: ${why}`,
    });
  }
  if (request.info.verb === "proxy") throw noSuchResource();
}

const allowed = ({ served }: Target, verb: Verb) => {
  if (!served.resource.verbs.includes(verb)) throw noSuchMethod();
};

function collection(target: Target): void | Promise<void> {
  const { method, request } = target;
  switch (method) {
    case "GET":
      if (request.info.verb === "watch") {
        allowed(target, "watch");
        return serveWatch(target);
      }
      allowed(target, "list");
      return serveList(target);
    case "POST":
      allowed(target, "create");
      return serveCreate(target);
    case "DELETE":
      allowed(target, "deletecollection");
      return serveDeleteCollection(target);
    default:
      throw noSuchMethod();
  }
}

function one(target: Target): void | Promise<void> {
  const { method, request } = target;
  switch (method) {
    case "GET":
      if (request.info.verb === "watch") {
        allowed(target, "watch");
        return serveWatch(target);
      }
      allowed(target, "get");
      return serveGet(target);
    case "PUT":
      allowed(target, "update");
      return serveUpdate(target);
    case "PATCH":
      allowed(target, "patch");
      return servePatch(target);
    case "DELETE":
      allowed(target, "delete");
      return serveDelete(target);
    default:
      throw noSuchMethod();
  }
}

const VERB_OF: ReadonlyMap<string, string> = new Map([
  ["GET", "get"],
  ["POST", "create"],
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
]);

async function subresource(target: Target, tail: readonly string[]): Promise<void> {
  const { served, call, request, method } = target;
  const { subresources } = served.resource;
  // The name is the client's: `constructor` is none of ours.
  const found = Object.hasOwn(subresources, call.subresource) ? subresources[call.subresource] : undefined;
  // Upstream looks for the object of a custom resource under the whole path.
  if (found === undefined) throw served.schema.untyped ? notFound(targetOf(call), call.name) : noSuchResource();
  const verb = VERB_OF.get(method) ?? "";
  if (found.type === "connect") {
    if (passesOn(found.name, method)) return connect(call, request, found.name, tail.slice(2));
    if (!found.verbs.includes(verb)) throw noSuchMethod();
    return connect(call, request, found.name, tail.slice(2));
  }
  if (found.type === "scale") return serveScale(target);
  if (!found.verbs.includes(verb as Verb)) throw noSuchMethod();
  if (found.type === "command" && verb === "create") {
    const encoder = acceptedEncoder(target, PLAIN_OFFER);
    const wanted = commandBody(call, found);
    const body = decodeBody(
      call.parts.kinds,
      await rawBody(request.exchange, call.parts.yaml),
      wanted,
      "Ignore",
      () => {},
    );
    return answer(
      target,
      encoder,
      await runCommand(call, found.name, body, writeOptions("CreateOptions", request.query)),
    );
  }
  if (verb === "get") return serveGet(target);
  return verb === "patch" ? servePatch(target) : serveUpdate(target);
}

// What each verb reads of a request.

function acceptedEncoder(
  target: Target,
  offer: Offer,
  list = false,
  served = target.served,
): (answered: ServedKind) => Encoder {
  const { request, call } = target;
  const offered = served.schema.untyped ? withoutProtobuf(offer) : offer;
  const accepted: Accepted = negotiate(request.exchange.header("accept"), offered);
  if (accepted.shape !== "Object" && offer !== WATCH_OFFER) checkShape(accepted.shape, served.resource.kind, list);
  const includeObject: IncludeObject =
    accepted.shape === "Table" ? includeObjectOf(request.query.get("includeObject")) : "Metadata";
  const pretty = prettyOf(request);
  return (answered) =>
    encoderFor(
      { served: answered, accepted, includeObject, pretty, now: call.parts.clock.now() },
      call.parts.encodings,
    );
}

const PRETTY_AGENTS = /^(?:curl|Wget|Mozilla\/5\.0)/;

function prettyOf({ query, userAgent }: HttpRequest): boolean {
  const text = query.get("pretty");
  if (text !== null) return text === "true" || text === "1";
  return PRETTY_AGENTS.test(userAgent);
}

function offerFor({ served }: Target): Offer {
  return served.resource.verbs.includes("get") ? FULL_OFFER : PLAIN_OFFER;
}

function answer(target: Target, encoder: (served: ServedKind) => Encoder, given: Answer): void | Promise<void> {
  const pending = converting(given);
  return pending === undefined ? say(target, encoder, given) : pending.then(() => say(target, encoder, given));
}

function say({ request, call }: Target, encoder: (served: ServedKind) => Encoder, given: Answer): void | Promise<void> {
  switch (given.type) {
    case "kept": {
      const made = encoder(given.served);
      if (call.parts.yaml !== undefined && made.plain !== undefined && given.kept.size >= LONG_YAML)
        return sendYaml(request, call.parts.yaml, given.code, made.plain(given.kept));
      return send(request, given.code, made.contentType, made.one(given.kept));
    }
    case "object": {
      const made = encoder(given.served);
      return send(request, given.code, made.contentType, made.value(deepFreeze(given.object)));
    }
    case "list": {
      const made = encoder(given.served);
      return sendPieces(request, call.parts, made.contentType, made.list(given.meta, given.items));
    }
    case "status":
      return sendStatus(request, given.status, given.status.code ?? 200);
    case "watch":
      return streamWatch(request, encoder(given.served), given, call.parts.clock);
  }
}

function serveGet(target: Target): void | Promise<void> {
  const encoder = acceptedEncoder(target, offerFor(target));
  const given = get(target.call, target.request.query.get("resourceVersion") ?? "");
  if (given instanceof Promise) return given.then((later) => answer(target, encoder, later));
  return answer(target, encoder, given);
}

async function serveList(target: Target): Promise<void> {
  const { request, call } = target;
  const encoder = acceptedEncoder(target, FULL_OFFER, true);
  const selection = selectionOf(call, request.info);
  return answer(target, encoder, await list(call, selection, listOptions(request.query, false)));
}

async function serveWatch(target: Target): Promise<void> {
  const { request, call, served } = target;
  const encoder = acceptedEncoder(target, WATCH_OFFER);
  const named = call.name ? parseFieldSelectorFor(call, `metadata.name=${call.name}`) : undefined;
  const selection = selectionOf(call, request.info, named);
  const options = listOptions(request.query, true);
  return answer(target, encoder, {
    type: "watch",
    watch: await watch({ ...call, name: "" }, selection, options),
    served,
  });
}

/** The body, once it is this request's turn to be worked on. */
async function bodyInTurn({ request, call }: Target): Promise<RawBody> {
  const body = await rawBody(request.exchange, call.parts.yaml);
  const turn = call.parts.turns?.take();
  if (turn !== undefined) await turn;
  return body;
}

async function serveCreate(target: Target): Promise<void> {
  const { request, call, served } = target;
  const encoder = acceptedEncoder(target, offerFor(target));
  const options = writeOptions("CreateOptions", request.query);
  const object = decodeBody(call.parts.kinds, await bodyInTurn(target), wantedOf(served), options.strictness, (text) =>
    request.warn(text),
  );
  return answer(target, encoder, await create(call, object, options));
}

const wantedOf = (served: ServedKind) => ({
  apiVersion: served.apiVersion,
  kind: served.resource.kind,
  schema: served.schema,
});

async function serveUpdate(target: Target): Promise<void> {
  const { request, call, served } = target;
  const encoder = acceptedEncoder(target, offerFor(target));
  const options = writeOptions("UpdateOptions", request.query);
  const object = decodeBody(call.parts.kinds, await bodyInTurn(target), wantedOf(served), options.strictness, (text) =>
    request.warn(text),
  );
  return answer(target, encoder, await update(call, object, options));
}

async function servePatch(target: Target): Promise<void> {
  const { request, call } = target;
  const encoder = acceptedEncoder(target, offerFor(target));
  const { type, body } = await readPatch(request.exchange, call.served, call.parts.yaml);
  const turn = call.parts.turns?.take();
  if (turn !== undefined) await turn;
  const options = patchOptions(request.query, type === "apply");
  return answer(
    target,
    encoder,
    await patch(
      call,
      type,
      body((text) => request.warn(text), options.strictness === "Strict"),
      options,
    ),
  );
}

async function serveDelete(target: Target): Promise<void> {
  const { request, call } = target;
  const encoder = acceptedEncoder(target, offerFor(target));
  const options = await readDeleteOptions(request.exchange, request.query, call.parts.kinds);
  const turn = call.parts.turns?.take();
  if (turn !== undefined) await turn;
  return answer(target, encoder, await deleteOne(call, options));
}

async function serveDeleteCollection(target: Target): Promise<void> {
  const { request, call } = target;
  const encoder = acceptedEncoder(target, FULL_OFFER, true);
  const select = listOptions(request.query, false);
  const selection = selectionOf(call, request.info);
  const options = await readDeleteOptions(request.exchange, request.query, call.parts.kinds);
  return answer(target, encoder, await deleteCollection(call, selection, select, options));
}

async function serveScale(target: Target): Promise<void> {
  const { request, call, method } = target;
  const scale = call.parts.scale;
  const encoder = acceptedEncoder(target, PLAIN_OFFER, false, scale);
  switch (method) {
    case "GET":
      return answer(target, encoder, await getScale(call, request.query.get("resourceVersion") ?? ""));
    case "PUT": {
      const options = writeOptions("UpdateOptions", request.query);
      const sent = decodeBody(
        call.parts.kinds,
        await rawBody(request.exchange, call.parts.yaml),
        wantedOf(scale),
        options.strictness,
        (text) => request.warn(text),
      );
      return answer(target, encoder, await updateScale(call, sent, options));
    }
    case "PATCH": {
      const { type, body } = await readPatch(request.exchange, scale, call.parts.yaml);
      const options = patchOptions(request.query, type === "apply");
      return answer(
        target,
        encoder,
        await patchScale(
          call,
          type,
          body((text) => request.warn(text), options.strictness === "Strict"),
          options,
        ),
      );
    }
    default:
      throw noSuchMethod();
  }
}
