// ImageLocality: likes nodes that have the pod's images already, the larger the better, less so when few nodes have
// them. It refuses to know whether an image would have to be pulled.
import { MAX_SCORE, plugin } from "../plugin.ts";
import { imageSizes } from "../tally.ts";

const MIB = 1024 * 1024;
const LEAST = 23 * MIB;
const MOST_PER_CONTAINER = 1000 * MIB;

/** `busybox` and `busybox:latest` are one name. */
const named = (image: string) => (/[:@]/.test(image.slice(image.lastIndexOf("/") + 1)) ? image : `${image}:latest`);

interface State {
  /** Of the images of the pod that some node has: the share of nodes that have it. */
  readonly images: readonly { readonly name: string; readonly share: number }[];
  readonly most: number;
}

export const imageLocality = plugin<State>({
  name: "ImageLocality",
  prepare({ pod }, snapshot) {
    const spread = snapshot.tallies.images(snapshot);
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    const images = containers.flatMap(({ image }) => {
      const name = named(image ?? "");
      const count = spread.get(name);
      return count === undefined ? [] : [{ name, share: count / snapshot.nodes.length }];
    });
    return { state: { images, most: MOST_PER_CONTAINER * containers.length }, skip: images.length === 0 };
  },
  score(_pod, { node }, { images, most }) {
    const sizes = imageSizes(node);
    let sum = 0;
    for (const { name, share } of images) sum += Math.floor((sizes.get(name) ?? 0) * share);
    return Math.floor((MAX_SCORE * (Math.min(Math.max(sum, LEAST), most) - LEAST)) / (most - LEAST));
  },
});
