// replicationcontroller: keeps the wanted number of pods (replicas.ts). It refuses to roll anything out.
import { ReplicationController } from "../resources/core/replication-controller.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import { replicas } from "./replicas.ts";

export const replicationController = replicas<ReplicationController>({
  name: "replicationcontroller",
  identity: "replication-controller",
  of: ReplicationController,
  selectorOf: ({ spec }) => labelQueryOf({ matchLabels: spec.selector ?? {} }),
  countsTerminating: false,
});
