// A small extension API server for the tests: flunders in memory, TLS, and the front proxy's word for who asks. It refuses
// whoever is not the front proxy, as the official sample server does.
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";

export interface Flunder {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly headers: Readonly<Record<string, unknown>>;
}

export const GROUP = "wardle.example.com";
export const VERSION = "v1alpha1";
const GROUP_VERSION = `${GROUP}/${VERSION}`;
const BASE = `/apis/${GROUP_VERSION}`;
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const RESOURCES = [{ name: "flunders", singularName: "flunder", namespaced: true, kind: "Flunder", verbs: VERBS }];

const DOCUMENTS: Readonly<Record<string, object>> = {
  [BASE]: { kind: "APIResourceList", apiVersion: "v1", groupVersion: GROUP_VERSION, resources: RESOURCES },
  "/openapi/v2": {
    swagger: "2.0",
    info: { title: "wardle", version: "1" },
    paths: {
      [`${BASE}/flunders`]: { get: { responses: { 200: { schema: { $ref: "#/definitions/wardle.Flunder" } } } } },
    },
    definitions: { "wardle.Flunder": { type: "object", properties: { spec: { type: "object" } } } },
  },
  "/openapi/v3": {
    paths: { [`apis/${GROUP_VERSION}`]: { serverRelativeURL: `/openapi/v3/apis/${GROUP_VERSION}?hash=42` } },
  },
  [`/openapi/v3/apis/${GROUP_VERSION}`]: { openapi: "3.0.0", info: { title: "wardle" } },
};

export class ExtensionServer {
  readonly asked: Asked[] = [];
  readonly flunders = new Map<string, Flunder>();
  readonly #server: ReturnType<typeof createServer>;
  readonly #watchers = new Set<ServerResponse>();
  #revision = 0;

  /** `ca`: who signs the front proxy's certificate. */
  private constructor(tls: { readonly cert: string; readonly key: string; readonly ca: string }) {
    this.#server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (incoming, response) => {
      this.#serve(incoming, response).catch((error: unknown) => response.destroy(error as Error));
    });
    this.#server.on("upgrade", (incoming: IncomingMessage, socket: TLSSocket) => {
      this.#note(incoming);
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
      socket.on("data", (chunk: Buffer) => socket.write(chunk.toString("utf8").toUpperCase()));
      socket.on("error", () => socket.destroy());
    });
  }

  static async start(tls: {
    readonly cert: string;
    readonly key: string;
    readonly ca: string;
  }): Promise<ExtensionServer> {
    const server = new ExtensionServer(tls);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #note({ method = "", url = "", headers }: IncomingMessage): Asked {
    const groups = String(headers["x-remote-group"] ?? "").split(", ");
    const asked = { method, url, user: String(headers["x-remote-user"] ?? ""), groups, headers };
    this.asked.push(asked);
    return asked;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, user } = this.#note(incoming);
    const socket = incoming.socket as TLSSocket;
    const say = (code: number, body: object) => {
      response.writeHead(code, { "content-type": "application/json" });
      response.end(`${JSON.stringify(body)}\n`);
    };
    if (!socket.authorized || socket.getPeerCertificate().subject?.CN !== "front-proxy-client" || user === "")
      return say(401, { kind: "Status", code: 401, message: "Unauthorized" });
    const url = new URL(incoming.url ?? "", "https://x");
    const document = DOCUMENTS[url.pathname];
    if (document !== undefined) return say(200, document);
    const [, namespace = "", name = ""] =
      /^\/apis\/[^/]+\/[^/]+(?:\/namespaces\/([^/]+))?\/flunders(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    if (!url.pathname.includes("/flunders")) return say(404, { kind: "Status", code: 404, message: "not found" });
    if (name === "") return this.#collection(incoming, response, { method, namespace, url, say });
    const found = this.flunders.get(`${namespace}/${name}`);
    if (found === undefined)
      return say(404, { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 });
    if (method === "DELETE") this.#remove(found);
    return say(200, found);
  }

  async #collection(
    incoming: IncomingMessage,
    response: ServerResponse,
    about: {
      readonly method: string;
      readonly namespace: string;
      readonly url: URL;
      readonly say: (code: number, body: object) => void;
    },
  ): Promise<void> {
    const { method, namespace, url, say } = about;
    const all = [...this.flunders.values()].filter((one) => namespace === "" || one.metadata.namespace === namespace);
    if (method === "POST") {
      let text = "";
      for await (const piece of incoming.setEncoding("utf8")) text += String(piece);
      const sent = JSON.parse(text) as Flunder;
      const metadata = {
        ...sent.metadata,
        namespace,
        uid: `u${++this.#revision}`,
        resourceVersion: `${this.#revision}`,
      };
      const made = { ...sent, apiVersion: GROUP_VERSION, kind: "Flunder", metadata };
      this.flunders.set(`${namespace}/${metadata.name}`, made);
      this.#tell("ADDED", made);
      return say(201, made);
    }
    if (method === "DELETE") {
      for (const one of all) this.#remove(one);
      return say(200, { kind: "Status", apiVersion: "v1", status: "Success" });
    }
    if (url.searchParams.get("watch")) {
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
      for (const one of all) response.write(`${JSON.stringify({ type: "ADDED", object: one })}\n`);
      this.#watchers.add(response);
      response.on("close", () => this.#watchers.delete(response));
      return undefined;
    }
    const metadata = { resourceVersion: String(this.#revision) };
    return say(200, { kind: "FlunderList", apiVersion: GROUP_VERSION, metadata, items: all });
  }

  #remove(one: Flunder): void {
    this.flunders.delete(`${one.metadata.namespace}/${one.metadata.name}`);
    this.#tell("DELETED", one);
  }

  #tell(type: string, object: Flunder): void {
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify({ type, object })}\n`);
  }
}
