// The way of a request through the server, stage by stage, in the order in which this list is read. It refuses to know verbs:
// the last stage hands over to routes.ts.
import type { Log } from "../base/log.ts";
import { StatusError, tooManyRequests } from "../schema/meta/status.ts";
import type { Resource } from "../schema/resource.ts";
import { authenticate as authenticateWith } from "./authentication/authenticate.ts";
import { refusal } from "./authorization/authorize.ts";
import { ClientGoneError } from "./http/exchange.ts";
import type { Exchange } from "./http/exchange.ts";
import { impersonate } from "./impersonation.ts";
import type { Measured } from "./load.ts";
import type { Parts } from "./parts.ts";
import { isLongRunning, requestInfo, segmentsOf } from "./request-info.ts";
import { ANONYMOUS } from "./request.ts";
import type { RequestContext, RequestInfo, User } from "./request.ts";
import { sendError } from "./respond.ts";
import type { Replying } from "./respond.ts";

/** One request over HTTP on its way; stages fill it in. */
export class HttpRequest implements RequestContext, Replying, Measured {
  readonly exchange: Exchange;
  /** The decoded path, and the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Those of the path. */
  readonly segments: readonly string[];
  readonly receivedAt: number;
  readonly log: Log;
  readonly warnings: string[] = [];
  info: RequestInfo = NO_INFO;
  resource: Resource | undefined;
  user: User = ANONYMOUS;
  impersonator: User | undefined;
  auditId = "";
  beganAt = 0;
  seat: Measured["seat"];
  reactedTo: readonly number[] = [];
  #signal: AbortSignal | undefined;

  constructor(exchange: Exchange, receivedAt: number, log: Log) {
    this.exchange = exchange;
    this.receivedAt = receivedAt;
    this.log = log;
    const mark = exchange.url.indexOf("?");
    this.path = decodedPath(mark < 0 ? exchange.url : exchange.url.slice(0, mark));
    this.segments = segmentsOf(this.path);
    this.query = mark < 0 ? NO_QUERY : new URLSearchParams(exchange.url.slice(mark + 1));
  }

  get userAgent(): string {
    return this.exchange.header("user-agent") ?? "";
  }

  /** Made on first use: most requests never ask whether the client is still there. */
  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const controller = new AbortController();
      this.exchange.onGone(() => controller.abort());
      this.#signal = controller.signal;
    }
    return this.#signal;
  }

  warn(message: string): void {
    if (!this.warnings.includes(message)) this.warnings.push(message);
  }
}

/** Nobody writes to a query. */
const NO_QUERY = new URLSearchParams();

const NO_INFO: RequestInfo = {
  isResource: false,
  verb: "",
  path: "",
  group: "",
  version: "",
  namespace: "",
  resource: "",
  subresource: "",
  name: "",
};

function decodedPath(path: string): string {
  try {
    return path.includes("%") ? decodeURIComponent(path) : path;
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

type Stage = (request: HttpRequest, parts: Parts) => void | Promise<void>;

/** What may happen to a request before a verb sees it, in order. */
const stages: readonly Stage[] = [readInfo, findKind, authenticate, beginAudit, actAsOther, takeSeat, authorize];

/**
 * Runs one request to its end. Never throws: whatever goes wrong is answered. A request that waits for nothing is answered
 * when this returns: promises cost as much as the rest of a small answer.
 */
export function handle(exchange: Exchange, parts: Parts, route: Stage): void | Promise<void> {
  const request = new HttpRequest(exchange, parts.clock.now(), parts.log);
  parts.load.began(request);
  let pending: void | Promise<void> = undefined;
  try {
    pending = run(request, parts, route, 0);
  } catch (error) {
    fail(request, parts, error);
  }
  if (pending === undefined) return parts.load.ended(request);
  return pending.catch((error: unknown) => fail(request, parts, error)).finally(() => parts.load.ended(request));
}

/** The stages from this one on, and the last. */
function run(request: HttpRequest, parts: Parts, route: Stage, from: number): void | Promise<void> {
  for (let i = from; i < stages.length; i++) {
    const pending = stages[i]!(request, parts);
    if (pending !== undefined) return pending.then(() => run(request, parts, route, i + 1));
  }
  return route(request, parts);
}

function fail(request: HttpRequest, { log }: Parts, error: unknown): void {
  // Going away is the client's right, and must not fill the log.
  if (error instanceof ClientGoneError) log.debug("a client went away", { path: request.path });
  else if (!(error instanceof StatusError)) {
    log.error("a request failed", {
      path: request.path,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
  try {
    sendError(request, error);
  } catch (failure) {
    // Whatever is wrong with one exchange ends that one, never the server.
    log.error("a failure could not be told", { path: request.path, error: String(failure) });
  }
}

function readInfo(request: HttpRequest): void {
  request.info = requestInfo(request.exchange.method, request.path, request.query, request.segments);
}

function findKind(request: HttpRequest, { kinds }: Parts): void {
  const { isResource, group, version, resource } = request.info;
  if (isResource) request.resource = kinds.find(group, version, resource)?.resource;
}

function authenticate(request: HttpRequest, { authenticators }: Parts): void | Promise<void> {
  const { exchange } = request;
  const authorization = exchange.header("authorization") ?? "";
  const bearerToken = /^bearer /i.test(authorization) ? authorization.slice(7).trim() : webSocketToken(exchange);
  const known = authenticateWith(authenticators, {
    certificate: exchange.certificate,
    bearerToken: bearerToken || undefined,
    header: (name) => exchange.header(name.toLowerCase()),
  });
  if (known instanceof Promise) return known.then((user) => void (request.user = user));
  request.user = known;
}

const TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io.";

/** Browsers cannot set headers on a WebSocket: the token comes as a subprotocol. */
function webSocketToken(exchange: Exchange): string | undefined {
  const protocols = exchange.header("sec-websocket-protocol");
  const found = protocols
    ?.split(",")
    .map((one) => one.trim())
    .find((one) => one.startsWith(TOKEN_PROTOCOL));
  return found && Buffer.from(found.slice(TOKEN_PROTOCOL.length), "base64url").toString("utf8");
}

/** The id under which the request is known. Writing audit events has its place here; the default policy writes none. */
function beginAudit(request: HttpRequest, { auditIds }: Parts): void {
  request.auditId = request.exchange.header("audit-id") || auditIds.next();
  if (request.user.name.startsWith("system:") || request.user.groups.includes("system:masters")) {
    const cause = request.exchange.header("kaji-cause");
    if (cause) request.reactedTo = cause.split(",").map(Number).filter(Number.isSafeInteger);
  }
}

function actAsOther(request: HttpRequest, { authorizer }: Parts): void {
  const other = impersonate(request.exchange, request.user, authorizer);
  if (other === undefined) return;
  request.impersonator = request.user;
  request.user = other;
}

/** Upstream's limit of requests at once, reads and writes apart; priority and fairness between them has its place here. */
function takeSeat(request: HttpRequest, { load }: Parts): void {
  if (isLongRunning(request.info)) return;
  if (!load.takeSeat(request)) throw tooManyRequests("too many requests, please try again later", 1);
}

function authorize(request: HttpRequest, { authorizer }: Parts): void {
  const { user, info } = request;
  const decision = authorizer.authorize(user, info);
  if (decision.outcome !== "allow") throw refusal(user, info, decision.reason);
}
