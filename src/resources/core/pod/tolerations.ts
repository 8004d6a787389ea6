// Which taints a pod bears. It refuses to know where taints come from.
import type { Toleration } from "./scheduling.ts";

/** What of a node's taint is looked at. */
export interface TaintLike {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: string;
}

/** A whole number as comparisons take it: no sign but `-`, no leading zeros. */
const INTEGER = /^(0|-?[1-9][0-9]*)$/;

/** Compares as whole numbers; anything else never holds. */
function holdsNumerically(operator: "Lt" | "Gt", taint: string, wanted: string): boolean {
  if (!INTEGER.test(taint) || !INTEGER.test(wanted)) return false;
  return operator === "Lt" ? BigInt(taint) < BigInt(wanted) : BigInt(taint) > BigInt(wanted);
}

/** Whether this toleration bears this taint. Lt and Gt count only where the API server lets them in (their gate). */
export function tolerates(toleration: Toleration, taint: TaintLike): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || "Equal") {
    case "Equal":
      return (toleration.value ?? "") === (taint.value ?? "");
    case "Exists":
      return true;
    case "Lt":
      return holdsNumerically("Lt", taint.value ?? "", toleration.value ?? "");
    case "Gt":
      return holdsNumerically("Gt", taint.value ?? "", toleration.value ?? "");
    default:
      return false;
  }
}

export const toleratesAny = (tolerations: readonly Toleration[] | undefined, taint: TaintLike): boolean =>
  tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false;

/** The first of the taints that matter and that no toleration bears. */
export function untolerated<T extends TaintLike>(
  taints: readonly T[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  matters: (taint: T) => boolean,
): T | undefined {
  return taints?.find((taint) => matters(taint) && !toleratesAny(tolerations, taint));
}
