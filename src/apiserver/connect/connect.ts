// Requests that end at a node or behind an address of the cluster: log, exec, attach, port-forward and proxies. Each is
// judged and given a place to go here; passing the bytes through is passthrough.ts. It refuses to speak their protocols.
import { refusal } from "../authorization/authorize.ts";
import { badRequest, internalError, notFound, StatusError } from "../../schema/meta/status.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ConnectName, KubeObject } from "../../schema/resource.ts";
import type { HttpRequest } from "../pipeline.ts";
import { targetOf } from "../verbs/call.ts";
import type { Call } from "../verbs/call.ts";
import { admitted } from "../verbs/finish.ts";
import { lookUp, newEnough } from "../verbs/get.ts";
import { connectionOptions } from "./connection-options.ts";
import { kubeletOf } from "./kubelet.ts";
import { logQuery } from "./log-options.ts";
import { passThrough } from "./passthrough.ts";
import type { Destination } from "./passthrough.ts";
import { nodeDestination, podDestination, serviceDestination } from "./proxies.ts";

type Connect = (
  call: Call,
  request: HttpRequest,
  object: KubeObject,
  rest: readonly string[],
) => Promise<Destination | undefined>;

const connects: Readonly<Record<ConnectName, Connect>> = {
  log,
  exec: (call, request, object) => toContainer(call, request, object as Pod, "exec"),
  attach: (call, request, object) => toContainer(call, request, object as Pod, "attach"),
  portForward,
  podProxy: async (call, request, object, rest) => podDestination(call, request, object as Pod, rest),
  serviceProxy: async (call, request, _object, rest) => serviceDestination(call, request, rest),
  nodeProxy: async (call, request, _object, rest) => nodeDestination(call, request, rest),
};

/** Kinds of connection that do something to a container: asking for one by GET needs the right to create as well. */
const ACTIVE: readonly ConnectName[] = ["exec", "attach", "portForward"];

const PROXIES: readonly ConnectName[] = ["podProxy", "serviceProxy", "nodeProxy"];

/** Methods that are no verbs of the API: whoever is proxied may know them. */
export const passesOn = (name: ConnectName, method: string) =>
  PROXIES.includes(name) && (method === "HEAD" || method === "OPTIONS");

/** Names of proxied objects may carry a scheme and a port: `https:web:443`. */
export const bareName = (name: string) => {
  const parts = name.split(":");
  return parts.length === 3 ? parts[1]! : parts[0]!;
};

export async function connect(
  call: Call,
  request: HttpRequest,
  name: ConnectName,
  rest: readonly string[],
): Promise<void> {
  if (ACTIVE.includes(name) && request.exchange.method === "GET") authorizeCreate(call, request);
  const proxied = PROXIES.includes(name);
  const about: Call = proxied ? { ...call, name: bareName(call.name) } : call;
  await newEnough(about, "");
  const object = lookUp(about)?.object;
  if (object === undefined) throw notFound(targetOf(about), about.name);
  // Reading a log is a read.
  if (name !== "log")
    await admitted(call, "connect", about.name, undefined, false, object, connectionOptions(name, request.query, rest));
  const destination = await connects[name](call, request, object, rest);
  // Nothing to connect to is an empty answer (the log of a pod that is nowhere yet).
  if (destination === undefined)
    return request.exchange.send(
      204,
      { "audit-id": request.auditId, "cache-control": "no-cache, private" },
      new Uint8Array(),
    );
  const { method, upgrade } = request.exchange;
  const mayMove = upgrade === undefined && (method === "GET" || method === "HEAD");
  if (proxied && mayMove && rest.length === 0 && !request.path.endsWith("/")) return toRoot(request);
  return passThrough(request, destination);
}

/** Without a slash behind `/proxy` the relative links of what is served there would lead nowhere. */
function toRoot({ exchange, auditId }: HttpRequest): void {
  const [path, ...query] = exchange.url.split("?");
  const location = [`${path}/`, ...query].join("?");
  exchange.send(301, { "audit-id": auditId, "cache-control": "no-cache, private", location }, new Uint8Array());
}

function authorizeCreate({ parts }: Call, { user, info }: HttpRequest): void {
  const wanted = { ...info, verb: "create" };
  const decision = parts.authorizer.authorize(user, wanted);
  if (decision.outcome !== "allow") throw refusal(user, wanted, decision.reason);
}

async function log(call: Call, request: HttpRequest, object: KubeObject): Promise<Destination | undefined> {
  const pod = object as Pod;
  const query = logQuery(call.name, request.query);
  const container = containerOf(pod, request.query.get("container") ?? "");
  if (!pod.spec.nodeName) return undefined;
  const path = `/containerLogs/${call.namespace}/${call.name}/${container}`;
  return {
    ...kubeletOf(call, pod.spec.nodeName),
    path: query === "" ? path : `${path}?${query}`,
    flush: request.query.has("follow"),
    messages: true,
    refused: (status, text) => refusedLog(call, status, text),
  };
}

/** The kubelet says in plain text what is wrong; clients show what a Status says. */
function refusedLog(call: Call, status: number, text: string): StatusError {
  if (status === 400) return badRequest(text);
  if (status === 500) return internalError(text);
  if (status === 404) return notFound(targetOf(call), call.name);
  return new StatusError({ code: status, reason: status === 503 ? "ServiceUnavailable" : "", message: text });
}

/** The container asked for, or the only one, or the annotated default. Throws 400 in upstream's words. */
function containerOf({ metadata, spec }: Pod, asked: string): string {
  const inits = (spec.initContainers ?? []).map((one) => one.name);
  const names = spec.containers.map((one) => one.name);
  const ephemeral = (spec.ephemeralContainers ?? []).map((one) => one.name);
  if (asked !== "") {
    if (![...inits, ...names, ...ephemeral].includes(asked))
      throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
    return asked;
  }
  const annotated = metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  if (annotated !== undefined && names.includes(annotated)) return annotated;
  if (names.length === 1) return names[0]!;
  const listed = (list: readonly string[]) => `[${list.join(" ")}]`;
  const beside = inits.length > 0 ? ` or one of the init containers: ${listed(inits)}` : "";
  throw badRequest(
    `a container name must be specified for pod ${metadata.name}, choose one of: ${listed(names)}${beside}`,
  );
}

/** The query parameters that exec and attach hand on, under the kubelet's names for them. */
const STREAMS: Readonly<Record<string, string>> = { stdin: "input", stdout: "output", stderr: "error", tty: "tty" };

async function toContainer(
  call: Call,
  request: HttpRequest,
  pod: Pod,
  action: "exec" | "attach",
): Promise<Destination> {
  const { query } = request;
  const container = containerOf(pod, query.get("container") ?? "");
  const handed = new URLSearchParams();
  for (const [asked, name] of Object.entries(STREAMS)) {
    const value = query.get(asked);
    if (value === "true" || value === "1" || value === "") handed.set(name, "1");
  }
  for (const part of action === "exec" ? query.getAll("command") : []) handed.append("command", part);
  if (action === "exec" && !handed.has("command"))
    throw badRequest("you must specify at least 1 command for the container");
  if (!handed.has("input") && !handed.has("output") && !handed.has("error"))
    throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
  return {
    ...kubeletOf(call, nodeOf(pod)),
    path: `/${action}/${call.namespace}/${call.name}/${container}?${handed.toString()}`,
    flush: true,
  };
}

async function portForward(call: Call, request: HttpRequest, object: KubeObject): Promise<Destination> {
  const ports = request.query.getAll("ports");
  const query = ports.length > 0 ? `?${new URLSearchParams(ports.map((port) => ["port", port])).toString()}` : "";
  return {
    ...kubeletOf(call, nodeOf(object as Pod)),
    path: `/portForward/${call.namespace}/${call.name}${query}`,
    flush: true,
  };
}

function nodeOf({ metadata, spec }: Pod): string {
  if (spec.nodeName) return spec.nodeName;
  throw new StatusError({
    code: 400,
    reason: "BadRequest",
    message: `pod ${metadata.name} does not have a host assigned`,
  });
}
