// Exec and attach: the client's session, over WebSocket or SPDY, joined to the runtime's, which speaks SPDY. It refuses to run anything.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Pod } from "../../resources/core/pod.ts";
import { badRequest } from "../../schema/meta/status.ts";
import {
  SPDY_COMMAND_PROTOCOL,
  SPDY_COMMAND_PROTOCOLS,
  acceptCommand,
  openCommand,
} from "../../wire/spdy/remote-command.ts";
import { dialSpdy } from "../../wire/spdy/dial.ts";
import type { CommandServer, CommandStreams } from "../../wire/remote-command/session.ts";
import { relayCommand } from "../../wire/remote-command/session.ts";
import { acceptWebSocket, isWebSocketRequest } from "../../wire/websocket/connect.ts";
import { COMMAND_PROTOCOLS, acceptCommand as acceptOverWebSocket } from "../../wire/websocket/remote-command.ts";
import { runningContainer } from "./containers.ts";
import type { NodeRequest } from "./request.ts";
import { podOf } from "./request.ts";
import { answerSpdy } from "./upgrade.ts";

/** An HTTP/1.1 request that wants to become something else. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** The API's names of the streams, and the kubelet's older ones. */
function streamsOf({ query }: NodeRequest): CommandStreams {
  const asked = (...names: string[]) => names.some((name) => ["1", "true"].includes(query.get(name) ?? ""));
  const streams = {
    stdin: asked("stdin", "input"),
    stdout: asked("stdout", "output"),
    stderr: asked("stderr", "error"),
    tty: asked("tty"),
  };
  if (!streams.stdin && !streams.stdout && !streams.stderr)
    throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
  return streams.tty ? { ...streams, stderr: false } : streams;
}

export async function exec(request: NodeRequest, upgrade: Upgrade): Promise<void> {
  const containerId = runningContainer(podOf(request), request.parts[3] ?? "");
  const streams = streamsOf(request);
  const { url } = await request.options.cri.runtime.exec({
    containerId,
    cmd: request.query.getAll("command"),
    ...streams,
  });
  await join(request, upgrade, streams, url);
}

/**
 * Whether there is a terminal was settled when the container began. A client without one (`kubectl run -it </dev/null`)
 * asks for an error output all the same: it gets one that says nothing, for the runtime would wait for its end for ever.
 */
export async function attach(request: NodeRequest, upgrade: Upgrade): Promise<void> {
  const pod = podOf(request);
  const name = request.parts[3] ?? "";
  const containerId = runningContainer(pod, name);
  const streams = streamsOf(request);
  const own = attachedStreams(streams, hasTerminal(pod, name));
  const { url } = await request.options.cri.runtime.attach({ containerId, ...own });
  await join(request, upgrade, streams, url, own);
}

/** What of the asked streams a running container has. */
export function attachedStreams(asked: CommandStreams, tty: boolean): CommandStreams {
  return { ...asked, tty, stderr: asked.stderr && !tty };
}

function hasTerminal({ spec }: Pod, name: string): boolean {
  const all = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  return all.find((container) => container.name === name)?.tty ?? false;
}

async function join(
  request: NodeRequest,
  upgrade: Upgrade,
  streams: CommandStreams,
  url: string,
  own: CommandStreams = streams,
): Promise<void> {
  const { socket } = await dialSpdy(url, { protocols: [SPDY_COMMAND_PROTOCOL] });
  const command = await openCommand(socket, own);
  let session: CommandServer;
  try {
    session = await accept(request, upgrade, streams);
  } catch (error) {
    command.close();
    throw error;
  }
  await relayCommand(session, command);
}

async function accept(
  { options }: NodeRequest,
  { request, socket, head }: Upgrade,
  streams: CommandStreams,
): Promise<CommandServer> {
  if (isWebSocketRequest(request)) {
    const accepted = await acceptWebSocket(request, socket, head, COMMAND_PROTOCOLS);
    return acceptOverWebSocket(accepted.socket, accepted.protocol, streams);
  }
  const protocol = answerSpdy(request, socket, head, SPDY_COMMAND_PROTOCOLS);
  return acceptCommand(socket, streams, { protocol, clock: options.clock });
}
