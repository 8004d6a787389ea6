// Whether an image is pulled. It refuses to pull.

export type PullDecision = "use" | "pull" | "refuse";

/** `policy` is the container's imagePullPolicy; the API server has filled it in. */
export function pullDecision(policy: string | undefined, present: boolean): PullDecision {
  if (policy === "Always") return "pull";
  if (present) return "use";
  return policy === "Never" ? "refuse" : "pull";
}
