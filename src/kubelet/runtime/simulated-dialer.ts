// Answers probes and hooks of simulated pods. It refuses to open sockets.
import { DialError } from "../probes/dialer.ts";
import type { Dialer, HttpAnswer, ServingStatus } from "../probes/dialer.ts";
import type { SimulatedState } from "./simulated.ts";

/** What listens at an address: undefined refuses the connection. */
export type Listens = (host: string, port: number, path: string) => HttpAnswer | undefined;

/** By default a pod answers 200 on each port while any container of it runs. */
export function simulatedDialer(
  { sandboxes, containers, options: { clock } }: SimulatedState,
  listens?: Listens,
): Dialer {
  const runs = (host: string): boolean => {
    const sandbox = [...sandboxes.values()].find(({ ip, ready }) => ready && ip === host);
    return [...containers.values()].some(
      ({ sandboxId, state }) => sandboxId === sandbox?.id && state === "CONTAINER_RUNNING",
    );
  };
  const byDefault: Listens = (host) => (runs(host) ? { status: 200, body: "ok" } : undefined);
  const answer = async (host: string, port: number, path: string, signal: AbortSignal): Promise<HttpAnswer> => {
    await clock.sleep(1, signal);
    const found = (listens ?? byDefault)(host, port, path);
    if (!found) throw new DialError(`dial tcp ${host}:${port}: connect: connection refused`);
    return found;
  };
  return {
    async http({ url }, signal) {
      const { hostname, port, pathname, protocol } = new URL(url);
      try {
        return await answer(hostname, Number(port || (protocol === "https:" ? 443 : 80)), pathname, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw new DialError(`Get ${JSON.stringify(url)}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    async tcp(host, port, _, signal) {
      await answer(host, port, "", signal);
    },
    async grpcHealth({ host, port, service }, _, signal): Promise<ServingStatus> {
      return (await answer(host, port, `/${service}`, signal)).status === 200 ? "SERVING" : "NOT_SERVING";
    },
  };
}
