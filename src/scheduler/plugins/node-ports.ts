// NodePorts: a port of the node's own is taken by one pod at a time.
import type { HostPort } from "../../resources/core/pod/host-ports.ts";
import { portsConflict } from "../../resources/core/pod/host-ports.ts";
import { plugin, rejected } from "../plugin.ts";

const conflict = (wanted: readonly HostPort[], taken: readonly HostPort[]) =>
  wanted.some((w) => taken.some((t) => portsConflict(w, t)));

export const nodePorts = plugin<undefined>({
  name: "NodePorts",
  prepare: ({ ports }) => ({ state: undefined, skip: ports.length === 0 }),
  filter({ ports }, node) {
    if (node.ports.length === 0 || !conflict(ports, node.ports)) return undefined;
    return rejected("node(s) didn't have free ports for the requested pod ports");
  },
  wakes(event, { ports }) {
    return event.type === "NodeAdded" || (event.type === "PodGone" && conflict(ports, event.pod.ports));
  },
});
