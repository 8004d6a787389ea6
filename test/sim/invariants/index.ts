// Everything that must be so. A list, nothing else.
import { acknowledgedWrites } from "./acknowledged-writes.ts";
import { comparedWrites } from "./compared-writes.ts";
import { convergence } from "./convergence.ts";
import { counters } from "./counters.ts";
import { endpointsAreReadyPods } from "./endpoints.ts";
import { garbage } from "./garbage.ts";
import type { Invariant } from "./invariant.ts";
import { jobsCount } from "./jobs-count.ts";
import { namespaceEmpty } from "./namespace-empty.ts";
import { nodeCapacity } from "./node-capacity.ts";
import { podGoesForward } from "./pod-goes-forward.ts";
import { replicaSetSurplus } from "./replicaset-surplus.ts";
import { revisions } from "./revisions.ts";
import { rolloutBounds } from "./rollout-bounds.ts";
import { runningLeftAlone } from "./running-left-alone.ts";
import { runsOnce } from "./runs-once.ts";
import { shadowWatch } from "./shadow-watch.ts";

export const invariants: readonly Invariant[] = [
  revisions,
  acknowledgedWrites,
  comparedWrites,
  shadowWatch,
  podGoesForward,
  nodeCapacity,
  replicaSetSurplus,
  rolloutBounds,
  runsOnce,
  runningLeftAlone,
  namespaceEmpty,
  garbage,
  endpointsAreReadyPods,
  counters,
  jobsCount,
  convergence,
];
