// What a connection was asked for with, as the object that admission sees (PodAttachOptions and its relatives). It
// refuses to judge it.
import type { JsonObject } from "../../schema/node.ts";
import type { ConnectName } from "../../schema/resource.ts";

const KINDS: Readonly<Record<ConnectName, string>> = {
  log: "PodLogOptions",
  exec: "PodExecOptions",
  attach: "PodAttachOptions",
  portForward: "PodPortForwardOptions",
  podProxy: "PodProxyOptions",
  serviceProxy: "ServiceProxyOptions",
  nodeProxy: "NodeProxyOptions",
};

/** `rest`: the segments behind `proxy`. */
export function connectionOptions(name: ConnectName, query: URLSearchParams, rest: readonly string[]): JsonObject {
  const options: Record<string, unknown> = { kind: KINDS[name], apiVersion: "v1" };
  if (name === "exec" || name === "attach") {
    for (const stream of ["stdin", "stdout", "stderr", "tty"])
      if (["true", "1", ""].includes(query.get(stream) ?? "false")) options[stream] = true;
    if (query.has("container")) options["container"] = query.get("container");
    if (name === "exec" && query.has("command")) options["command"] = query.getAll("command");
  }
  if (name === "portForward" && query.has("ports")) options["ports"] = query.getAll("ports").map(Number);
  if (name.endsWith("Proxy")) options["path"] = `/${rest.join("/")}`;
  return options;
}
