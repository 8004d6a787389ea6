// Kubernetes' channel framing: the first byte of a WebSocket message names a stream, the rest is its bytes.
// It refuses to hold a socket (remote-command.ts does).

/** A message that breaks the framing. */
export class ChannelError extends Error {
  override name = "ChannelError";
}

/** Channels of a remote command. */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** How a subprotocol writes messages. */
export interface ChannelEncoding {
  /** Text messages: a digit for the channel, the bytes in base64. Otherwise binary ones. */
  readonly base64: boolean;
  /** A message on channel 255 ends the channel that its one byte names: half a close, since v5. */
  readonly closeSignal: boolean;
}

export function encodingOf(protocol: string): ChannelEncoding {
  return { base64: protocol.includes("base64."), closeSignal: protocol.startsWith("v5.") };
}

/** The message for `data` on `channel`: bytes for a binary, a string for a text message. */
export function encodeChannel(channel: number, data: Uint8Array, { base64 }: ChannelEncoding): Buffer | string {
  if (base64) return String.fromCharCode(0x30 + channel) + Buffer.from(data).toString("base64");
  const message = Buffer.allocUnsafe(data.length + 1);
  message[0] = channel;
  message.set(data, 1);
  return message;
}

/** An empty message is channel 0 without data, as some clients ping. Throws {@link ChannelError}. */
export function decodeChannel(message: Buffer, { base64 }: ChannelEncoding): { channel: number; data: Buffer } {
  if (message.length === 0) return { channel: 0, data: message };
  if (!base64) return { channel: message[0]!, data: message.subarray(1) };
  const channel = message[0]! - 0x30;
  const text = message.toString("latin1", 1);
  if (channel < 0 || channel > 9 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new ChannelError("a message that is not a digit and base64");
  }
  return { channel, data: Buffer.from(text, "base64") };
}

/** The subprotocol to answer with: the first one that the client offers and we speak. "" stands for offering none. */
export function chooseProtocol(offered: string | undefined, spoken: readonly string[]): string | undefined {
  const names = (offered ?? "").split(",").map((name) => name.trim());
  return names.find((name) => spoken.includes(name));
}
