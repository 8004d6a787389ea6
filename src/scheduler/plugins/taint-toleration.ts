// TaintToleration: taints keep off pods that do not tolerate them; PreferNoSchedule only makes a node less liked.
import type { Taint } from "../../resources/core/node/taint.ts";
import { toleratesAny, untolerated } from "../../resources/core/pod/tolerations.ts";
import { normalizeToMax, plugin, unresolvable } from "../plugin.ts";

const keepsOff = (taint: Pick<Taint, "effect">) => taint.effect === "NoSchedule" || taint.effect === "NoExecute";

export const taintToleration = plugin<undefined>({
  name: "TaintToleration",
  weight: 3,
  filter({ pod }, { node }) {
    return untolerated(node.spec.taints, pod.spec.tolerations, keepsOff) ? unresolvable("node(s) had untolerated taint(s)") : undefined;
  },
  score({ pod }, { node }) {
    // Only tolerations that speak of this effect count here.
    const tolerations = (pod.spec.tolerations ?? []).filter((t) => !t.effect || t.effect === "PreferNoSchedule");
    return (node.spec.taints ?? []).filter((t) => t.effect === "PreferNoSchedule" && !toleratesAny(tolerations, t)).length;
  },
  normalize: (scores) => normalizeToMax(scores, true),
  wakes(event, { pod }) {
    if (event.type === "NodeAdded" || event.type === "NodeUpdated") return !untolerated(event.node.spec.taints, pod.spec.tolerations, keepsOff);
    return event.type === "SelfChanged";
  },
});
