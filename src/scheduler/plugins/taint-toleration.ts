// TaintToleration: taints keep off pods that do not tolerate them; PreferNoSchedule only makes a node less liked.
import type { Taint } from "../../resources/core/node/taint.ts";
import { toleratesAny, untolerated } from "../../resources/core/pod/tolerations.ts";
import type { Node } from "../../resources/core/node.ts";
import type { Toleration } from "../../resources/core/pod/scheduling.ts";
import { normalizeToMax, plugin, unresolvable } from "../plugin.ts";

const keepsOff = (taint: Pick<Taint, "effect">) => taint.effect === "NoSchedule" || taint.effect === "NoExecute";

const borne = (node: Node, tolerations: readonly Toleration[] | undefined) =>
  node.spec.taints === undefined || untolerated(node.spec.taints, tolerations, keepsOff) === undefined;

export const taintToleration = plugin<readonly Toleration[]>({
  name: "TaintToleration",
  weight: 3,
  // Only tolerations that speak of this effect count for the score.
  prepare: ({ pod }) => ({
    state: (pod.spec.tolerations ?? []).filter((t) => !t.effect || t.effect === "PreferNoSchedule"),
  }),
  filter({ pod }, { node, isOpen }) {
    return isOpen || borne(node, pod.spec.tolerations) ? undefined : unresolvable("node(s) had untolerated taint(s)");
  },
  passes: (_pod, { open }, at) => open[at] === 1,
  scoreBy: (_pod, { open }, at) => (open[at] === 1 ? 0 : NaN),
  score(_pod, { node, isOpen }, tolerations) {
    if (isOpen || node.spec.taints === undefined) return 0;
    return node.spec.taints.filter((t) => t.effect === "PreferNoSchedule" && !toleratesAny(tolerations, t)).length;
  },
  normalize: (scores) => normalizeToMax(scores, true),
  wakes(event, { pod: { spec } }) {
    switch (event.type) {
      case "NodeAdded":
        return borne(event.node, spec.tolerations);
      case "NodeUpdated":
        return !borne(event.old, spec.tolerations) && borne(event.node, spec.tolerations);
      default:
        return event.type === "SelfChanged";
    }
  },
});
