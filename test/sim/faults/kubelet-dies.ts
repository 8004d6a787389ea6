// A kubelet is killed at the very moment that its runtime has done one call: between a sandbox and its container, between
// a container and its start, amid an end. It refuses to touch the runtime.
import { GrpcError } from "../../../src/wire/grpc/error.ts";
import type { CriRule } from "../seams/cri.ts";
import { pick } from "../world.ts";
import type { Fault } from "./fault.ts";

const CALLS = [
  "runPodSandbox",
  "createContainer",
  "startContainer",
  "stopContainer",
  "removeContainer",
  "stopPodSandbox",
  "removePodSandbox",
] as const;

export const kubeletDies: Fault = {
  name: "kubelet dies at a call",
  lastsMs: 12_000,
  begin(world) {
    const node = pick(world.random, world.cluster.nodes);
    if (!node.alive) return undefined;
    const call: string = pick(world.random, CALLS);
    let killed: Promise<void> | undefined;
    const rule: CriRule = {
      done(name) {
        if (killed !== undefined || name !== call) return;
        world.hit(kubeletDies.name);
        killed = node.kill();
        throw new GrpcError("Unavailable", "the caller is gone");
      },
    };
    node.criRules.add(rule);
    return async () => {
      node.criRules.delete(rule);
      await killed;
      if (killed !== undefined) node.start();
    };
  },
};
