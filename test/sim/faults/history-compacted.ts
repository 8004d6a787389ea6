// The store forgets its past: whoever watches from there is told 410 by the server itself. It refuses to forget what
// is now.
import type { Fault } from "./fault.ts";

export const historyCompacted: Fault = {
  name: "history compacted",
  lastsMs: 0,
  begin(world) {
    const { truth, line } = world.cluster;
    void truth.inner.compact(truth.inner.revision());
    world.hit(historyCompacted.name);
    // Those that must begin again find the past gone.
    for (const watch of [...line.watches].slice(0, 5)) watch.cut();
    return () => {};
  },
};
