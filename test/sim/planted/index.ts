// Every planted bug. A list, nothing else.
import { cacheMissesDeletions } from "./cache-misses-deletions.ts";
import { collectorForgetsUid } from "./collector-forgets-uid.ts";
import { collectorTakesLiving } from "./collector-takes-living.ts";
import { endpointLeftOut } from "./endpoint-left-out.ts";
import { jobForgetsUncounted } from "./job-forgets-uncounted.ts";
import { kubeletRestartsAdopted } from "./kubelet-restarts-adopted.ts";
import { namespaceNotEmptied } from "./namespace-not-emptied.ts";
import { noReadYourWrites } from "./no-read-your-writes.ts";
import type { Planted } from "./planted.ts";
import { restartCountForgotten } from "./restart-count-forgotten.ts";
import { schedulerDoesNotCount } from "./scheduler-does-not-count.ts";
import { storeAcknowledgesEarly } from "./store-acknowledges-early.ts";
import { storeComparesNothing } from "./store-compares-nothing.ts";
import { surgeTooFar } from "./surge-too-far.ts";
import { watchSkips } from "./watch-skips.ts";

export const plantedBugs: readonly Planted[] = [
  storeAcknowledgesEarly,
  storeComparesNothing,
  watchSkips,
  cacheMissesDeletions,
  noReadYourWrites,
  surgeTooFar,
  collectorForgetsUid,
  collectorTakesLiving,
  namespaceNotEmptied,
  endpointLeftOut,
  schedulerDoesNotCount,
  kubeletRestartsAdopted,
  restartCountForgotten,
  jobForgetsUncounted,
];
