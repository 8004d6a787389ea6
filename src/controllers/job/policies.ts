// What a job's policies say: what the failure of a pod means, and whether enough indexes have succeeded. Pure.
import { indexesIn } from "../../resources/batch/index-set.ts";
import type { Job } from "../../resources/batch/job.ts";
import type { PodFailurePolicyRule, SuccessPolicyRule } from "../../resources/batch/job-object.ts";
import type { Pod } from "../../resources/core/pod.ts";

export interface FailureMeaning {
  readonly action: "Count" | "Ignore" | "FailIndex" | "FailJob";
  /** Why the job fails; with FailJob only. */
  readonly message?: string;
}

const COUNTS: FailureMeaning = { action: "Count" };

function exitCodeMatch({ status }: Pod, requirement: NonNullable<PodFailurePolicyRule["onExitCodes"]>) {
  const { containerName, operator, values } = requirement;
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  return all.find(({ name, state }) => {
    const code = state?.terminated?.exitCode ?? 0;
    if (code === 0 || (containerName !== undefined && name !== containerName)) return false;
    return values.includes(code) === (operator === "In");
  });
}

const conditionMatch = ({ status }: Pod, patterns: NonNullable<PodFailurePolicyRule["onPodConditions"]>) =>
  status.conditions?.find((one) =>
    patterns.some(({ type, status: wanted }) => type === one.type && wanted === one.status),
  );

/** Why `rule` matches the pod, as messages say it; undefined if it does not. */
function matchText(pod: Pod, { onExitCodes, onPodConditions }: PodFailurePolicyRule): string | undefined {
  const { namespace, name } = pod.metadata;
  if (onExitCodes) {
    const container = exitCodeMatch(pod, onExitCodes);
    if (!container) return undefined;
    const code = container.state?.terminated?.exitCode;
    return `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${code}`;
  }
  const found = conditionMatch(pod, onPodConditions ?? []);
  return found && `Pod ${namespace}/${name} has condition ${found.type}`;
}

/** What it means that this pod failed: the first rule that matches decides, and without one it counts. */
export function failureMeaning({ spec }: Job, pod: Pod): FailureMeaning {
  for (const [i, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = matchText(pod, rule);
    if (why === undefined) continue;
    if (rule.action !== "FailJob") return { action: rule.action };
    return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${i}` };
  }
  return COUNTS;
}

function holds(rule: SuccessPolicyRule, succeeded: ReadonlySet<number>, completions: number): boolean {
  const { succeededIndexes, succeededCount } = rule;
  if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount;
  const wanted = indexesIn(succeededIndexes, completions);
  const met = wanted.intersection(succeeded).size;
  return met >= (succeededCount ?? wanted.size);
}

/** Which rule of the success policy holds; undefined if none does. */
export function metSuccessRule({ spec }: Job, succeeded: ReadonlySet<number>): number | undefined {
  if (succeeded.size === 0) return undefined;
  const found = (spec.successPolicy?.rules ?? []).findIndex((rule) => holds(rule, succeeded, spec.completions ?? 0));
  return found < 0 ? undefined : found;
}
