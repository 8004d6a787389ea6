// A job counts each of its pods once: never one that it has not let go, none twice, and none that it let go is lost. It
// refuses to ask how many there should be.
import type { Job } from "../../../src/resources/batch/job.ts";
import type { Pod } from "../../../src/resources/core/pod.ts";
import type { Fact } from "../truth.ts";
import type { Finding, Invariant } from "./invariant.ts";
import { controllerOf, hasEnded, isLeaving, placeOf } from "./pods.ts";

const FINALIZER = "batch.kubernetes.io/job-tracking";
const CONTROLLER = "system:serviceaccount:kube-system:job-controller";

const isTracked = (pod: Pod) => pod.metadata.finalizers?.includes(FINALIZER) ?? false;
const ownerOf = (pod: Pod) => {
  const owner = controllerOf(pod);
  return owner?.kind === "Job" ? owner.uid : undefined;
};

interface Entry {
  /** Pods that the job let go after they had succeeded, and others that it let go. */
  readonly succeeded: Set<string>;
  readonly others: Set<string>;
  /** Pods that its status has named as failures, and as successes. */
  readonly named: Set<string>;
  readonly namedSuccesses: Set<string>;
  /** Tracked pods that were taken from it. What it had named of them it counts without letting them go: others do that. */
  readonly taken: Set<string>;
  /** Pods that have been seen to succeed: an Indexed job counts them by their index, and before it lets them go. */
  readonly seen: Set<string>;
  /** Pods were taken from it, or removed by it: what they became need not count. */
  disturbed: boolean;
}

export const jobsCount: Invariant = {
  name: "jobs count",
  judge({ cluster: { truth } }) {
    const entries = new Map<string, Entry>();
    const entryOf = (uid: string): Entry => {
      const entry = entries.get(uid) ?? {
        succeeded: new Set(),
        others: new Set(),
        named: new Set(),
        namedSuccesses: new Set(),
        taken: new Set(),
        seen: new Set(),
        disturbed: false,
      };
      entries.set(uid, entry);
      return entry;
    };

    /** Whose a tracked pod was last: its owner may be taken from it before the job lets it go, and counts it. */
    const owned = new Map<string, string>();

    function podChanged(old: Pod, pod: Pod | undefined, { cause }: Fact): void {
      const owner = ownerOf(old);
      if (owner !== undefined && isTracked(old)) owned.set(old.metadata.uid!, owner);
      const uid = owner ?? (isTracked(old) ? owned.get(old.metadata.uid!) : undefined);
      if (uid === undefined) return;
      const entry = entryOf(uid);
      if (pod?.status.phase === "Succeeded") entry.seen.add(pod.metadata.uid!);
      const removed = cause.user === CONTROLLER && pod && isLeaving(pod) && !isLeaving(old);
      const taken = owner !== undefined && pod !== undefined && ownerOf(pod) !== owner;
      const others = cause.user !== CONTROLLER && isTracked(old) && (!pod || !isTracked(pod));
      if (removed || taken || others) entry.disturbed = true;
      if (taken && isTracked(old)) entry.taken.add(old.metadata.uid!);
      if (!isTracked(old) || (pod && isTracked(pod)) || taken) return;
      const name = old.metadata.uid!;
      // What was deleted may have been named a failure before it came to succeed after all.
      const failed = old.status.phase !== "Succeeded" || (isLeaving(old) && entry.named.has(name));
      (failed ? entry.others : entry.succeeded).add(name);
    }

    function jobChanged(job: Job, old: Job | undefined): Finding {
      const entry = entryOf(job.metadata.uid!);
      if (old && (old.spec.suspend !== job.spec.suspend || old.spec.parallelism !== job.spec.parallelism)) {
        entry.disturbed = true;
      }
      const { succeeded = 0, failed = 0, conditions = [], uncountedTerminatedPods } = job.status;
      for (const uid of uncountedTerminatedPods?.failed ?? []) entry.named.add(uid);
      for (const uid of uncountedTerminatedPods?.succeeded ?? []) entry.namedSuccesses.add(uid);
      const indexed = job.spec.completionMode === "Indexed";
      const successes = entry.succeeded.union(entry.taken.intersection(entry.namedSuccesses));
      if (succeeded > (indexed ? entry.seen : successes).size)
        return `job ${placeOf(job)} counts ${succeeded} successes and let ${entry.succeeded.size} such pods go`;
      if (failed > entry.others.union(entry.taken.intersection(entry.named)).size)
        return `job ${placeOf(job)} counts ${failed} failures and let ${entry.others.size} such pods go`;
      const is = (type: string) => conditions.some((one) => one.type === type && one.status === "True");
      if (is("Complete") && succeeded < (job.spec.completions ?? 1))
        return `job ${placeOf(job)} is complete with ${succeeded} of ${job.spec.completions}`;
      if (is("Complete") && !entry.disturbed && !indexed && succeeded !== entry.succeeded.size)
        return `job ${placeOf(job)} counts ${succeeded} successes and let ${entry.succeeded.size} go`;
      return undefined;
    }

    function unsettled(): string | undefined {
      const pods = [...truth.list<Pod>("core/pods")];
      for (const job of truth.list<Job>("batch/jobs")) {
        const over = job.status.conditions?.some(
          ({ type, status }) => /^(Complete|Failed)$/.test(type) && status === "True",
        );
        const own = pods.filter((pod) => ownerOf(pod) === job.metadata.uid);
        if (over && own.some(isTracked)) return `job ${placeOf(job)} is over and tracks pods`;
        if (over && job.spec.ttlSecondsAfterFinished !== undefined) return `job ${placeOf(job)} is kept too long`;
        // What has no room may wait; what backs off comes again.
        const waits = own.some((pod) => !pod.spec.nodeName && !hasEnded(pod));
        if (!over && !job.spec.suspend && !waits)
          return `job ${placeOf(job)} is not over: ${JSON.stringify(job.status)}`;
      }
      const lost = pods.find(
        (pod) => isTracked(pod) && !truth.get(`batch/jobs/${pod.metadata.namespace}/${controllerOf(pod)?.name}`),
      );
      return lost && `pod ${placeOf(lost)} is tracked by nobody`;
    }

    return {
      onFact(fact) {
        const { kind, object, old } = fact;
        if (kind === "core/pods" && old) podChanged(old as Pod, object as Pod | undefined, fact);
        return kind === "batch/jobs" && object ? jobChanged(object as Job, old as Job | undefined) : undefined;
      },
      unsettled,
    };
  },
};
