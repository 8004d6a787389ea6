// Running a command in a container, attaching, forwarding ports: CRI messages that answer with a URL to stream over.
// It refuses to stream (wire/spdy, wire/websocket).
import { field, message, repeated } from "../protobuf/message.ts";
import { bool, bytes, int32, int64, string } from "../protobuf/scalar.ts";

/** `timeout` in seconds, 0 for none; running over it is DeadlineExceeded. */
export const ExecSyncRequest = message("runtime.v1.ExecSyncRequest", {
  containerId: field(1, string),
  cmd: field(2, repeated(string)),
  timeout: field(3, int64),
});

/** At most 16 MB of each stream. */
export const ExecSyncResponse = message("runtime.v1.ExecSyncResponse", {
  stdout: field(1, bytes),
  stderr: field(2, bytes),
  exitCode: field(3, int32),
});

/** With a terminal there is no stderr of its own. At least one of the three streams is wanted. */
export const ExecRequest = message("runtime.v1.ExecRequest", {
  containerId: field(1, string),
  cmd: field(2, repeated(string)),
  tty: field(3, bool),
  stdin: field(4, bool),
  stdout: field(5, bool),
  stderr: field(6, bool),
});

export const ExecResponse = message("runtime.v1.ExecResponse", {
  url: field(1, string),
});

/** The terminal must be as the container's configuration says. */
export const AttachRequest = message("runtime.v1.AttachRequest", {
  containerId: field(1, string),
  stdin: field(2, bool),
  tty: field(3, bool),
  stdout: field(4, bool),
  stderr: field(5, bool),
});

export const AttachResponse = message("runtime.v1.AttachResponse", {
  url: field(1, string),
});

/** Only the streaming protocol's port header counts in practice. */
export const PortForwardRequest = message("runtime.v1.PortForwardRequest", {
  podSandboxId: field(1, string),
  port: field(2, repeated(int32)),
});

export const PortForwardResponse = message("runtime.v1.PortForwardResponse", {
  url: field(1, string),
});
