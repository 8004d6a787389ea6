// NodeAffinity: what a pod demands and prefers of a node's labels and name. It refuses to match by itself (resources
// does).
import { nodeFits, preferenceScore } from "../../resources/core/pod/node-affinity.ts";
import type { PodInfo } from "../node-info.ts";
import { normalizeToMax, plugin, unresolvable } from "../plugin.ts";

/** The nodes that every term names by `metadata.name`, or undefined when some term leaves the name open. */
function namedNodes({ pod }: PodInfo): ReadonlySet<string> | undefined {
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const names = new Set<string>();
  for (const term of terms) {
    const byName = (term.matchFields ?? []).filter((f) => f.key === "metadata.name" && f.operator === "In");
    if (byName.length === 0) return undefined;
    // Requirements of one term hold together, terms each for themselves.
    const [first, ...rest] = byName.map((f) => f.values ?? []);
    for (const name of first ?? []) if (rest.every((values) => values.includes(name))) names.add(name);
  }
  return terms.length > 0 ? names : undefined;
}

export const nodeAffinity = plugin<undefined>({
  name: "NodeAffinity",
  weight: 2,
  prepare(pod) {
    const { nodeSelector, affinity } = pod.pod.spec;
    const {
      requiredDuringSchedulingIgnoredDuringExecution: required,
      preferredDuringSchedulingIgnoredDuringExecution: liked,
    } = affinity?.nodeAffinity ?? {};
    const demands = required !== undefined || Object.keys(nodeSelector ?? {}).length > 0;
    const prefers = Boolean(liked?.length);
    const skip = !demands && !prefers ? true : !demands ? "filter" : !prefers ? "score" : false;
    const only = required && namedNodes(pod);
    if (only?.size === 0) return { state: undefined, refusal: "pod affinity terms conflict" };
    return { state: undefined, skip, only };
  },
  filter({ pod }, { node }) {
    return nodeFits(pod.spec, node) ? undefined : unresolvable("node(s) didn't match Pod's node affinity/selector");
  },
  score: ({ pod }, { node }) => preferenceScore(pod.spec, node),
  normalize: (scores) => normalizeToMax(scores, false),
  wakes(event, { pod }) {
    switch (event.type) {
      case "NodeAdded":
        return nodeFits(pod.spec, event.node);
      case "NodeUpdated":
        return !nodeFits(pod.spec, event.old) && nodeFits(pod.spec, event.node);
      default:
        return event.type === "SelfChanged";
    }
  },
});
