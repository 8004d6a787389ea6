// replicaset: keeps the wanted number of pods (replicas.ts). It refuses to replace pods of an older template: that is
// deployment's.
import { ReplicaSet } from "../resources/apps/replica-set.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { replicas } from "./replicas.ts";

export const replicaSet = replicas<ReplicaSet>({
  name: "replicaset",
  identity: "replicaset-controller",
  of: ReplicaSet,
  selectorOf: ({ spec }) => labelQueryOf(spec.selector),
  countsTerminating: true,
});
