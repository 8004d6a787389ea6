// ImageLocality: likes nodes that have the pod's images already, the larger the better, less so when few nodes have them.
import { MAX_SCORE, plugin } from "../plugin.ts";
import type { NodeInfo } from "../snapshot.ts";

const MIB = 1024 * 1024;
const LEAST = 23 * MIB;
const MOST_PER_CONTAINER = 1000 * MIB;

/** `busybox` and `busybox:latest` are one name. */
const named = (image: string) => (/[:@]/.test(image.slice(image.lastIndexOf("/") + 1)) ? image : `${image}:latest`);

/** image name → how many nodes have it. */
type Spread = ReadonlyMap<string, number>;

const sizeOn = (node: NodeInfo, image: string) => (node.node.status.images ?? []).find((i) => i.names?.includes(image))?.sizeBytes ?? 0;

export const imageLocality = plugin<{ spread: Spread; images: readonly string[]; nodes: number }>({
  name: "ImageLocality",
  prepare({ pod }, snapshot) {
    const images = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => named(c.image ?? ""));
    const spread = new Map(images.map((image) => [image, snapshot.nodes.filter((n) => sizeOn(n, image) > 0).length]));
    return { state: { spread, images, nodes: snapshot.nodes.length } };
  },
  score(_pod, node, { spread, images, nodes }) {
    let sum = 0;
    for (const image of images) sum += (sizeOn(node, image) * (spread.get(image) ?? 0)) / Math.max(1, nodes);
    const most = MOST_PER_CONTAINER * images.length;
    return Math.floor((MAX_SCORE * (Math.min(Math.max(sum, LEAST), most) - LEAST)) / (most - LEAST));
  },
});
