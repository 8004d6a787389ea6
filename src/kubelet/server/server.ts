// The HTTPS server of a node: logs, commands and ports of its pods, for the API server. It refuses to know how
// containers are kept: it looks a pod up, finds the container in its status, and asks the runtime.
import { createServer } from "node:https";
import type { Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { StatusError } from "../../schema/meta/status.ts";
import { attach, exec } from "./commands.ts";
import { answerLog, sendLog } from "./log-requests.ts";
import { portForward } from "./port-forward.ts";
import type { NodeRequest, NodeServerOptions } from "./request.ts";
import { cadvisorMetrics, resourceMetrics, summary } from "./stats.ts";

export interface NodeServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveNode(options: NodeServerOptions): Promise<NodeServer> {
  const server = createServer({
    ...options.tls,
    requestCert: true,
    rejectUnauthorized: false,
    keepAliveTimeout: 120_000,
  });
  server.on("request", (request, response) => void answer(request, response, options));
  server.on("upgrade", (request, socket, head) => void upgrade(request, socket, head, options));
  await listenNear(server, options);
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Ports that are tried, from the one that is wished for on. */
const MOST_PORTS = 100;

/** Another cluster that starts at the same time may have taken the port since it was chosen; the Node says which it is. */
async function listenNear(server: Server, { host, port, log }: NodeServerOptions): Promise<void> {
  for (let tried = port; ; tried++) {
    try {
      return await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port: tried }, resolve);
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tried + 1 >= port + MOST_PORTS) throw error;
      log.warn("the port of the node's server is taken, the next one is tried", { port: tried });
    }
  }
}

function parse(request: IncomingMessage, options: NodeServerOptions): NodeRequest {
  const url = new URL(request.url ?? "/", "https://node");
  return { parts: url.pathname.split("/").slice(1).map(decodeURIComponent), query: url.searchParams, options };
}

const text = (response: ServerResponse, code: number, body: string, type = "text/plain; charset=utf-8") =>
  void response.writeHead(code, { "content-type": type }).end(body);

async function answer(request: IncomingMessage, response: ServerResponse, options: NodeServerOptions): Promise<void> {
  try {
    const parsed = parse(request, options);
    const [head] = parsed.parts;
    if (head === "healthz") return text(response, 200, "ok");
    if (!(await options.access.allows(request.socket as TLSSocket, "get", parsed.parts)))
      return text(response, 403, "Forbidden");
    switch (head) {
      case "containerLogs":
        return await answerLog(parsed, response);
      case "pods":
      case "runningpods":
        return text(
          response,
          200,
          JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata: {}, items: options.pods.list() }),
          "application/json",
        );
      case "metrics":
        return text(response, 200, await metrics(parsed), "text/plain; version=0.0.4; charset=utf-8");
      case "stats":
        if (parsed.parts[1] !== "summary") throw notFound();
        return text(
          response,
          200,
          JSON.stringify(summary(await options.usage.node(), await options.usage.pods())),
          "application/json",
        );
      default:
        return text(response, 404, "404 page not found\n");
    }
  } catch (error) {
    if (response.headersSent) return void response.destroy();
    if (!(error instanceof StatusError))
      options.log.error("request failed", {
        url: request.url,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    text(
      response,
      error instanceof StatusError ? error.code : 500,
      error instanceof Error ? error.message : String(error),
    );
  }
}

const notFound = () => new StatusError({ code: 404, reason: "NotFound", message: "404 page not found" });

async function metrics({ parts: [, which], options: { metrics: own, usage } }: NodeRequest): Promise<string> {
  switch (which) {
    case undefined:
    case "":
      return own.text();
    case "resource":
      return resourceMetrics(await usage.node(), await usage.pods());
    case "cadvisor":
      return cadvisorMetrics(await usage.pods());
    default:
      throw notFound();
  }
}

async function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: NodeServerOptions,
): Promise<void> {
  socket.on("error", (error) => options.log.debug("a connection broke", { error: error.message }));
  const refuse = (code: number, message: string) => {
    const reason =
      code === 403 ? "Forbidden" : code === 404 ? "Not Found" : code === 400 ? "Bad Request" : "Internal Server Error";
    socket.end(
      `HTTP/1.1 ${code} ${reason}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(message)}\r\nconnection: close\r\n\r\n${message}`,
    );
  };
  try {
    const parsed = parse(request, options);
    const verb = parsed.parts[0] === "containerLogs" ? "get" : "create";
    if (!(await options.access.allows(request.socket as TLSSocket, verb, parsed.parts)))
      return refuse(403, "Forbidden");
    const connection = { request, socket, head };
    switch (parsed.parts[0]) {
      case "containerLogs":
        return await sendLog(parsed, connection);
      case "exec":
        return await exec(parsed, connection);
      case "attach":
        return await attach(parsed, connection);
      case "portForward":
        return await portForward(parsed, connection);
      default:
        return refuse(404, "404 page not found");
    }
  } catch (error) {
    if (!(error instanceof StatusError))
      options.log.warn("upgrade failed", {
        url: request.url,
        error: error instanceof Error ? error.message : String(error),
      });
    refuse(error instanceof StatusError ? error.code : 500, error instanceof Error ? error.message : String(error));
  }
}
