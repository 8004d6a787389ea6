// NodeName: a pod that names its node goes nowhere else.
import { plugin, unresolvable } from "../plugin.ts";

export const nodeName = plugin<undefined>({
  name: "NodeName",
  filter({ pod }, { name }) {
    return !pod.spec.nodeName || pod.spec.nodeName === name ? undefined : unresolvable("node(s) didn't match the requested node name");
  },
  wakes: (event) => event.type === "NodeAdded",
});
