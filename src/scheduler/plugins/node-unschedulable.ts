// NodeUnschedulable: cordoned nodes take only pods that tolerate it.
import { UNSCHEDULABLE_TAINT } from "../../resources/core/node/taint.ts";
import { toleratesAny } from "../../resources/core/pod/tolerations.ts";
import { plugin, unresolvable } from "../plugin.ts";

const UNSCHEDULABLE = { key: UNSCHEDULABLE_TAINT, effect: "NoSchedule" } as const;

export const nodeUnschedulable = plugin<undefined>({
  name: "NodeUnschedulable",
  filter({ pod }, { node, isOpen }) {
    if (isOpen || !node.spec.unschedulable || toleratesAny(pod.spec.tolerations, UNSCHEDULABLE)) return undefined;
    return unresolvable("node(s) were unschedulable");
  },
  passes: (_pod, { open }, at) => open[at] === 1,
  wakes(event, { pod }) {
    switch (event.type) {
      case "NodeAdded":
        return !event.node.spec.unschedulable;
      case "NodeUpdated":
        return Boolean(event.old.spec.unschedulable) && !event.node.spec.unschedulable;
      case "SelfChanged":
        return toleratesAny(pod.spec.tolerations, UNSCHEDULABLE);
      default:
        return false;
    }
  },
});
