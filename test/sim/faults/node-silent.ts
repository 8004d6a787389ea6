// One machine cannot reach the API server at all: it falls silent and comes back. It refuses to touch what runs
// there.
import { serviceUnavailable } from "../../../src/schema/meta/status.ts";
import { between, pick } from "../world.ts";
import type { Fault } from "./fault.ts";
import { isOf, onLine } from "./lines.ts";

export const nodeSilent: Fault = {
  name: "node silent",
  lastsMs: 90_000,
  begin(world) {
    const { cluster, random } = world;
    const whom = `kubelet/${pick(random, cluster.nodes).name}`;
    const refused = () => serviceUnavailable("dial tcp 192.0.2.100:6443: i/o timeout");
    const end = onLine(world, {
      async before({ who }) {
        if (!isOf(who, whom)) return;
        world.hit(nodeSilent.name);
        await cluster.clock.sleep(between(random, 500, 3000));
        throw refused();
      },
    });
    for (const watch of [...cluster.line.watches]) if (isOf(watch.who, whom)) watch.cut(refused());
    return end;
  },
};
