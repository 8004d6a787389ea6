// What load balancers ask: whether this node has endpoints of a service whose outside traffic stays local. It refuses to open
// ports itself: whoever runs the proxy says how.
import type { Log } from "../base/log.ts";
import type { Health } from "./frontends.ts";

/** An answer over HTTP. */
export interface HealthAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Listens on a port of the node and answers every request by `answer`; rejects when the port is taken. */
export type ListenHealth = (port: number, answer: () => HealthAnswer) => Promise<{ close(): Promise<void> }>;

/** Text and headers as kube-proxy has them. */
export function healthAnswer(service: string, localEndpoints: number): HealthAnswer {
  const [namespace = "", name = ""] = service.split("/");
  const lines = [
    "{",
    '\t"service": {',
    `\t\t"namespace": ${JSON.stringify(namespace)},`,
    `\t\t"name": ${JSON.stringify(name)}`,
    "\t},",
    `\t"localEndpoints": ${localEndpoints},`,
    '\t"serviceProxyHealthy": true',
    "}",
  ];
  return {
    status: localEndpoints > 0 ? 200 : 503,
    headers: {
      "Content-Type": "application/json",
      "X-Content-Type-Options": "nosniff",
      "X-Load-Balancing-Endpoint-Weight": String(localEndpoints),
    },
    body: lines.join("\n"),
  };
}

interface Listening {
  readonly service: string;
  readonly server: { close(): Promise<void> };
  localEndpoints: number;
}

/** The ports that are open, kept as the services want them. A port that another holds is tried again with every change. */
export class HealthPorts {
  readonly #open = new Map<number, Listening>();
  /** Ports that could not be opened, told once. */
  readonly #refused = new Set<number>();
  readonly #listen: ListenHealth;
  readonly #log: Log;

  constructor(listen: ListenHealth, log: Log) {
    this.#listen = listen;
    this.#log = log;
  }

  async keep(wanted: Iterable<readonly [service: string, health: Health]>): Promise<void> {
    const byPort = new Map(
      [...wanted].map(([service, { port, localEndpoints }]) => [port, { service, localEndpoints }]),
    );
    for (const [port, { service, server }] of this.#open) {
      if (byPort.get(port)?.service === service) continue;
      this.#open.delete(port);
      await server.close();
    }
    for (const [port, { service, localEndpoints }] of byPort) {
      const open = this.#open.get(port);
      if (open) open.localEndpoints = localEndpoints;
      else await this.#add(port, service, localEndpoints);
    }
  }

  async close(): Promise<void> {
    await this.keep([]);
  }

  async #add(port: number, service: string, localEndpoints: number): Promise<void> {
    try {
      const server = await this.#listen(port, () => healthAnswer(service, this.#open.get(port)?.localEndpoints ?? 0));
      this.#open.set(port, { service, server, localEndpoints });
      this.#refused.delete(port);
    } catch (error) {
      if (this.#refused.has(port)) return;
      this.#refused.add(port);
      this.#log.error("the health of a service cannot be asked on this node", {
        service,
        port,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
