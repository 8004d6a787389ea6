// Port-forward: connections of a client, over SPDY, SPDY within a WebSocket, or WebSocket channels, each joined to one that the
// runtime opens inside the pod. It refuses to dial pods itself: a pod may listen on its own loopback alone.
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StatusError, badRequest } from "../../schema/meta/status.ts";
import { dialSpdy } from "../../wire/spdy/dial.ts";
import { PORT_FORWARD_PROTOCOL, portForwardClient, servePortForward } from "../../wire/spdy/port-forward.ts";
import type { PortForwardClient } from "../../wire/spdy/port-forward.ts";
import { TUNNEL_PROTOCOL, acceptWebSocket, isWebSocketRequest, tunnelOf } from "../../wire/websocket/connect.ts";
import { PORT_CHANNEL_PROTOCOLS, acceptPortChannels } from "../../wire/websocket/port-forward.ts";
import { LABELS } from "../parts.ts";
import type { Upgrade } from "./commands.ts";
import type { NodeRequest } from "./request.ts";
import { podOf } from "./request.ts";
import { answerSpdy } from "./upgrade.ts";

export async function portForward(request: NodeRequest, { request: http, socket, head }: Upgrade): Promise<void> {
  const { clock, log } = request.options;
  const runtime = await runtimeSide(request);
  const onConnection = (connection: { port: number; data: Duplex; fail(message: string): void; done(): void }) => {
    joinPort(runtime, connection.port, connection.data).then(
      (error) => (error ? connection.fail(error) : connection.done()),
      (error: unknown) =>
        connection.fail(
          `error forwarding port ${connection.port}: ${error instanceof Error ? error.message : String(error)}`,
        ),
    );
  };
  // Until the upgrade is answered a failure is an answer; afterwards it is the end of the connection, and no more.
  let serve: () => Promise<void>;
  try {
    if (isWebSocketRequest(http)) {
      const accepted = await acceptWebSocket(http, socket, head, [TUNNEL_PROTOCOL, ...PORT_CHANNEL_PROTOCOLS]);
      const tunnelled = accepted.protocol === TUNNEL_PROTOCOL;
      serve = () =>
        tunnelled
          ? servePortForward(tunnelOf(accepted.socket), { clock, onConnection })
          : overChannels(request, runtime, accepted);
    } else {
      answerSpdy(http, socket, head, [PORT_FORWARD_PROTOCOL]);
      serve = () => servePortForward(socket, { clock, onConnection });
    }
  } catch (error) {
    runtime.close();
    throw error;
  }
  try {
    await serve();
  } catch (error) {
    log.debug("port-forward ended", { error: error instanceof Error ? error.message : String(error) });
  } finally {
    runtime.close();
  }
}

async function runtimeSide(request: NodeRequest): Promise<PortForwardClient> {
  const { runtime } = request.options.cri;
  const pod = podOf(request);
  const { items } = await runtime.listPodSandbox({
    filter: { labelSelector: { [LABELS.podUid]: pod.metadata.uid ?? "" }, state: { state: "SANDBOX_READY" } },
  });
  const [sandbox] = items;
  if (!sandbox)
    throw new StatusError({
      code: 404,
      reason: "NotFound",
      message: `pod ${pod.metadata.name} has no running sandbox`,
    });
  const { url } = await runtime.portForward({ podSandboxId: sandbox.id, port: [] });
  const { socket } = await dialSpdy(url, { protocols: [PORT_FORWARD_PROTOCOL] });
  return portForwardClient(socket);
}

/** Resolves with what went wrong, "" for nothing, when both directions have ended. */
async function joinPort(runtime: PortForwardClient, port: number, client: Duplex): Promise<string> {
  const { data, error } = await runtime.forward(port);
  await Promise.allSettled([pipeline(client, data), pipeline(data, client)]);
  return error;
}

async function overChannels(
  request: NodeRequest,
  runtime: PortForwardClient,
  accepted: Awaited<ReturnType<typeof acceptWebSocket>>,
): Promise<void> {
  const ports = request.query.getAll("port").flatMap((list) => list.split(",").map(Number));
  if (ports.length === 0 || ports.some((p) => !Number.isInteger(p) || p < 1 || p > 65_535))
    throw badRequest('query parameter "port" is required');
  const { channels, closed } = acceptPortChannels(accepted.socket, accepted.protocol, ports);
  for (const channel of channels) {
    const { data, error } = await runtime.forward(channel.port);
    void Promise.allSettled([pipeline(channel.input, data), pipeline(data, channel.output)]);
    void error.then((message) => message && channel.fail(message));
  }
  await closed;
}
