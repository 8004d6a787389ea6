// Everything that goes wrong, each equally likely. A list, nothing else.
import { apiserverDies } from "./apiserver-dies.ts";
import { answerLost } from "./answer-lost.ts";
import { clockJump } from "./clock-jump.ts";
import { conflicts } from "./conflicts.ts";
import { containerCrash } from "./container-crash.ts";
import { apiserverRestart, controllersRestart, schedulerRestart } from "./control-plane.ts";
import { criFails } from "./cri-fails.ts";
import { criHangs } from "./cri-hangs.ts";
import { diskFull } from "./disk-full.ts";
import { duplicateEvents } from "./duplicate-events.ts";
import type { Fault } from "./fault.ts";
import { historyCompacted } from "./history-compacted.ts";
import { imageMissing } from "./image-missing.ts";
import { kubeletDies } from "./kubelet-dies.ts";
import { kubeletRestart } from "./kubelet-restart.ts";
import { nodeReboot } from "./node-reboot.ts";
import { nodeSilent } from "./node-silent.ts";
import { outcomeUnknown } from "./outcome-unknown.ts";
import { probeFlap } from "./probe-flap.ts";
import { requestLost } from "./request-lost.ts";
import { requestsSlow } from "./requests-slow.ts";
import { sandboxGone } from "./sandbox-gone.ts";
import { serverBusy } from "./server-busy.ts";
import { slowCommits } from "./slow-commits.ts";
import { storeWatchLags } from "./store-watch-lags.ts";
import { watchCut } from "./watch-cut.ts";
import { watchExpired } from "./watch-expired.ts";
import { watchHeld } from "./watch-held.ts";

export const faults: readonly Fault[] = [
  watchHeld,
  watchCut,
  watchExpired,
  historyCompacted,
  duplicateEvents,
  requestLost,
  answerLost,
  requestsSlow,
  conflicts,
  serverBusy,
  slowCommits,
  diskFull,
  outcomeUnknown,
  storeWatchLags,
  controllersRestart,
  schedulerRestart,
  apiserverRestart,
  apiserverDies,
  kubeletRestart,
  kubeletDies,
  nodeSilent,
  nodeReboot,
  containerCrash,
  sandboxGone,
  imageMissing,
  probeFlap,
  clockJump,
  criFails,
  criHangs,
];
