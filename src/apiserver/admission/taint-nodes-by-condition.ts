// TaintNodesByCondition: a new node takes no pods before the node lifecycle controller has seen it ready.
import type { Node } from "../../resources/core/node.ts";
import type { AdmissionPlugin } from "./plugin.ts";

const NOT_READY = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" } as const;

export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",

  mutate({ operation, resource, subresource, object }) {
    if (operation !== "create" || resource.kind !== "Node" || resource.group !== "" || subresource !== "")
      return object;
    const node = object as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some((t) => t.key === NOT_READY.key && t.effect === NOT_READY.effect)) return node;
    return { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY] } };
  },
};
