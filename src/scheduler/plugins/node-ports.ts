// NodePorts: a port of the node's own is taken by one pod at a time.
import { portsConflict } from "../../resources/core/pod/host-ports.ts";
import { plugin, rejected } from "../plugin.ts";
import { podInfo } from "../snapshot.ts";

export const nodePorts = plugin<undefined>({
  name: "NodePorts",
  prepare: ({ ports }) => ({ state: undefined, skip: ports.length === 0 }),
  filter({ ports }, node) {
    return ports.some((wanted) => node.ports.some((taken) => portsConflict(wanted, taken))) ? rejected("node(s) didn't have free ports for the requested pod ports") : undefined;
  },
  wakes(event, { ports }) {
    if (event.type === "NodeAdded") return true;
    return event.type === "PodGone" && podInfo(event.pod).ports.some((freed) => ports.some((wanted) => portsConflict(wanted, freed)));
  },
});
