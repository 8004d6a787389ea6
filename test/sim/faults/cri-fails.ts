// Calls of one runtime fail, before or after they were done. It refuses to fail for ever.
import { GrpcError } from "../../../src/wire/grpc/error.ts";
import type { CriRule } from "../seams/cri.ts";
import { chance, pick } from "../world.ts";
import type { Fault } from "./fault.ts";

const failure = () => new GrpcError("Unavailable", "connection error: desc = error reading server preface");

export const criFails: Fault = {
  name: "runtime call fails",
  lastsMs: 5000,
  begin(world) {
    const { criRules } = pick(world.random, world.cluster.nodes);
    const fail = () => {
      if (!chance(world.random, 0.2)) return;
      world.hit(criFails.name);
      throw failure();
    };
    const rule: CriRule = { call: fail, done: fail };
    criRules.add(rule);
    return () => void criRules.delete(rule);
  },
};
