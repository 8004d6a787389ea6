// Remote commands over WebSocket channels, both sides: kubectl speaks v5, older clients v4 and before, browsers base64.
// It refuses to do handshakes (connect.ts) and to run anything.
import { finished } from "node:stream/promises";
import type { Writable } from "node:stream";
import type { WebSocket } from "ws";
import { endOf, endText } from "../remote-command/exit-status.ts";
import { SizeReader, sizeText } from "../remote-command/session.ts";
import type { CommandClient, CommandServer, CommandStreams, TerminalSize } from "../remote-command/session.ts";
import { CHANNEL, ChannelError } from "./channel-frame.ts";
import { ChannelSocket } from "./channel-socket.ts";

/** What we speak as a server. "" is a client that names no protocol: binary, as the first ones did. */
export const COMMAND_PROTOCOLS = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
  "",
] as const;

/** Serves a command on an accepted WebSocket. */
export function acceptCommand(socket: WebSocket, protocol: string, streams: CommandStreams): CommandServer {
  const channels = new ChannelSocket(socket, protocol);
  const stdin = streams.stdin ? channels.reader(CHANNEL.stdin) : undefined;
  const stdout = streams.stdout ? channels.writer(CHANNEL.stdout, false) : undefined;
  const stderr = streams.stderr && !streams.tty ? channels.writer(CHANNEL.stderr, false) : undefined;
  const sizes = new SizeReader();
  let last: TerminalSize | undefined;
  let listener: ((size: TerminalSize) => void) | undefined;
  channels.listen(CHANNEL.resize, (data) => {
    for (const size of sizes.push(data.toString("latin1"))) {
      last = size;
      listener?.(size);
    }
  });
  // Clients wait for a first message to know that the command is connected.
  void channels.send(stdout ? CHANNEL.stdout : stderr ? CHANNEL.stderr : CHANNEL.error);
  return {
    stdin,
    stdout,
    stderr,
    onResize(onSize) {
      listener = onSize;
      if (last !== undefined) onSize(last);
    },
    closed: channels.closed.then(() => {}),
    async finish(end) {
      await Promise.all([flushed(stdout), flushed(stderr)]);
      const text = endText(end, protocol);
      if (text !== "") await channels.send(CHANNEL.error, text);
      await channels.close();
    },
  };
}

async function flushed(stream: Writable | undefined): Promise<void> {
  // Destroyed means that the client is gone: then there is nobody to wait for.
  await (stream && finished(stream.end()).catch(() => {}));
}

/** Runs a command over a WebSocket that was dialled. With a protocol before v5 the end of stdin cannot be told. */
export function openCommand(socket: WebSocket, protocol: string, streams: CommandStreams): CommandClient {
  const channels = new ChannelSocket(socket, protocol);
  let said = "";
  channels.listen(CHANNEL.error, (data) => (said += data.toString("utf8")));
  const ended = channels.closed.then((code) => {
    // Success is said as well since v4; before, it is silence and an orderly end.
    const silenceIsSuccess = code === 1000 && endText({ exitCode: 0 }, protocol) === "";
    if (said === "" && !silenceIsSuccess) throw new ChannelError(`the connection ended with code ${code}`);
    return endOf(said);
  });
  ended.catch(() => {});
  return {
    stdin: streams.stdin ? channels.writer(CHANNEL.stdin, true) : undefined,
    stdout: streams.stdout ? channels.reader(CHANNEL.stdout) : undefined,
    stderr: streams.stderr && !streams.tty ? channels.reader(CHANNEL.stderr) : undefined,
    resize: (size) => void channels.send(CHANNEL.resize, sizeText(size)),
    ended,
    close: () => channels.terminate(),
  };
}
