// Whether an image is pulled. It refuses to pull.

export type PullDecision = "use" | "pull" | "refuse";

/**
 * `policy` is the container's imagePullPolicy; the API server has filled it in. `withheld`: the image is there, and it is not
 * known that the pod may use it.
 */
export function pullDecision(policy: string | undefined, found: "absent" | "present" | "withheld"): PullDecision {
  if (policy === "Always") return "pull";
  if (found === "present") return "use";
  return policy === "Never" ? "refuse" : "pull";
}
