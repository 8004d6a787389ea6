// NodeUnschedulable: cordoned nodes take only pods that tolerate it.
import { UNSCHEDULABLE_TAINT } from "../../resources/core/node/taint.ts";
import { toleratesAny } from "../../resources/core/pod/tolerations.ts";
import { plugin, unresolvable } from "../plugin.ts";

export const nodeUnschedulable = plugin<undefined>({
  name: "NodeUnschedulable",
  filter({ pod }, { node }) {
    if (!node.spec.unschedulable) return undefined;
    if (toleratesAny(pod.spec.tolerations, { key: UNSCHEDULABLE_TAINT, effect: "NoSchedule" })) return undefined;
    return unresolvable("node(s) were unschedulable");
  },
  wakes: (event) =>
    event.type === "NodeAdded" ? !event.node.spec.unschedulable : event.type === "NodeUpdated" ? Boolean(event.old.spec.unschedulable) && !event.node.spec.unschedulable : event.type === "SelfChanged",
});
