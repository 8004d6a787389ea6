// ttl: tells each kubelet, in an annotation of its node, how long it may keep Secrets and ConfigMaps: longer in large
// clusters. It refuses to know anything else of nodes.
import { Node } from "../resources/core/node.ts";
import { controller } from "../reconcile/controller.ts";

const ANNOTATION = "node.alpha.kubernetes.io/ttl";
/** Seconds, by how many nodes there may be at most. */
const STEPS: readonly (readonly [nodes: number, seconds: number])[] = [
  [100, 0],
  [500, 15],
  [1000, 30],
  [2000, 60],
  [10_000, 300],
  [Infinity, 300],
];

export const nodeTtl = controller<Node>({
  name: "ttl",
  identity: "ttl-controller",
  of: Node,
  writes: [{ resource: Node, verbs: ["patch"] }],
  async reconcile({ metadata: { name = "", annotations } }, { client, cache }) {
    const count = cache(Node).list().length;
    const [, seconds] = STEPS.find(([nodes]) => count <= nodes)!;
    if (annotations?.[ANNOTATION] === String(seconds)) return;
    await client.patch(
      Node,
      { name },
      { type: "strategic", body: { metadata: { annotations: { [ANNOTATION]: String(seconds) } } } },
    );
  },
});
