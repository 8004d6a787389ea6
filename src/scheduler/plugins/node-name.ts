// NodeName: a pod that names its node goes nowhere else.
import { plugin, unresolvable } from "../plugin.ts";

export const nodeName = plugin<undefined>({
  name: "NodeName",
  prepare: ({ pod }) => ({ state: undefined, skip: !pod.spec.nodeName }),
  filter({ pod }, { name }) {
    return pod.spec.nodeName === name ? undefined : unresolvable("node(s) didn't match the requested node name");
  },
  wakes: (event, { pod }) => event.type === "NodeAdded" && event.node.metadata.name === pod.spec.nodeName,
});
