// ttl-after-finished: jobs that are over and have been kept as long as they wished are deleted, with their pods. It
// refuses jobs that state no time.
import { parseTime } from "../base/timestamp.ts";
import { Job, finishOf } from "../resources/batch/job.ts";
import { isTerminating } from "../resources/core/pod/readiness.ts";
import { hasReason } from "../schema/meta/status.ts";
import { controller } from "../reconcile/controller.ts";

export const ttlAfterFinished = controller<Job>({
  name: "ttl-after-finished",
  identity: "ttl-after-finished-controller",
  of: Job,
  writes: [{ resource: Job, verbs: ["delete"] }],
  async reconcile(job, { client, now }) {
    const { ttlSecondsAfterFinished } = job.spec;
    const finish = finishOf(job);
    if (ttlSecondsAfterFinished === undefined || !finish || isTerminating(job)) return undefined;
    const left =
      parseTime(finish.lastTransitionTime ?? job.metadata.creationTimestamp!).ms + ttlSecondsAfterFinished * 1000 - now;
    if (left > 0) return { afterMs: left };
    const { namespace, name = "", uid, resourceVersion } = job.metadata;
    try {
      // Only as it was seen: it may have been given more time meanwhile.
      const preconditions = { uid, resourceVersion };
      await client.delete(Job, { namespace, name }, { propagationPolicy: "Foreground", preconditions });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
    return undefined;
  },
});
