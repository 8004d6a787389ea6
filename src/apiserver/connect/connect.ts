// Requests that end at a node: log, exec, attach, port-forward and proxy, passed through to its kubelet.
import { StatusError } from "../../schema/meta/status.ts";
import type { ConnectName } from "../../schema/resource.ts";
import type { HttpRequest } from "../pipeline.ts";
import type { Call } from "../verbs/call.ts";

export async function connect(call: Call, request: HttpRequest, name: ConnectName, rest: readonly string[]): Promise<void> {
  void [call, request, rest];
  throw new StatusError({ code: 501, reason: "", message: `${name} is not served` });
}
