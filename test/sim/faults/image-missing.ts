// A registry does not answer for any image, seen from one machine. It refuses to remove images that are there.
import { IMAGES } from "../images.ts";
import type { CriRule } from "../seams/cri.ts";
import { pick } from "../world.ts";
import type { Fault } from "./fault.ts";

export const imageMissing: Fault = {
  name: "image pull failure",
  lastsMs: 8000,
  begin(world) {
    const node = pick(world.random, world.cluster.nodes);
    for (const image of IMAGES) node.missingImages.add(image);
    const rule: CriRule = {
      call(name) {
        if (name === "pullImage") world.hit(imageMissing.name);
      },
    };
    node.criRules.add(rule);
    return () => {
      node.missingImages.clear();
      node.criRules.delete(rule);
    };
  },
};
