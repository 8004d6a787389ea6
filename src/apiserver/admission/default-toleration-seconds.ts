// DefaultTolerationSeconds: pods stay for five minutes on a node that is not ready or unreachable, unless they say
// otherwise.
import type { Pod } from "../../resources/core/pod.ts";
import type { Toleration } from "../../resources/core/pod/scheduling.ts";
import { PodSpec } from "../../resources/core/pod/spec.ts";
import { changedOnce } from "../../schema/derived.ts";
import type { AdmissionPlugin } from "./plugin.ts";

const SECONDS = 300;
const KEYS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;

/** Whether `t` says something about taints of `key` with effect NoExecute. */
const speaksOf = (t: Toleration, key: string) => (!t.key || t.key === key) && (!t.effect || t.effect === "NoExecute");

const withTolerations = changedOnce(PodSpec, (spec: PodSpec): PodSpec => {
  const tolerations = spec.tolerations ?? [];
  const missing = KEYS.filter((key) => !tolerations.some((t) => speaksOf(t, key)));
  if (missing.length === 0) return spec;
  const added = missing.map((key): Toleration => ({
    key,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: SECONDS,
  }));
  return { ...spec, tolerations: [...tolerations, ...added] };
});

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",

  mutate({ resource, subresource, object }) {
    if (resource.kind !== "Pod" || resource.group !== "" || subresource !== "") return object;
    const pod = object as Pod;
    const spec = withTolerations(pod.spec);
    return spec === pod.spec ? pod : { ...pod, spec };
  },
};
