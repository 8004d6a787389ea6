// Defaults of a pod that are more than a constant. It refuses to change what is given (see settle.ts).
//
// Each gets the object that holds the field and the whole object; both may be incomplete, nothing is validated yet.

/** What a pod and a workload have in common, seen from a default: only a pod has containers right below its spec. */
interface Root {
  readonly spec?: { readonly containers?: unknown; readonly hostNetwork?: boolean };
}

/** Some defaults hold for pods only, not for templates, which get them when a pod is made. */
export const isPod = (root: unknown): boolean => (root as Root | undefined)?.spec?.containers !== undefined;

type PullPolicy = "Always" | "IfNotPresent";

/** `latest`, or no tag and no digest, is pulled each time. */
export function pullPolicyOf(image: string | undefined): PullPolicy {
  const name = (image ?? "").slice((image ?? "").lastIndexOf("/") + 1);
  if (name.includes("@")) return "IfNotPresent";
  const colon = name.lastIndexOf(":");
  return colon < 0 || name.slice(colon + 1) === "latest" ? "Always" : "IfNotPresent";
}

export const pullPolicyByTag = (container: { readonly image?: string }): PullPolicy => pullPolicyOf(container.image);

export const volumePullPolicyByTag = (image: { readonly reference?: string }): PullPolicy =>
  pullPolicyOf(image.reference);

/** A pod in the node's network can only listen on the node's ports. */
export const hostPortOnHostNetwork = (port: { readonly containerPort?: number }, root: Root): number | undefined =>
  isPod(root) && root.spec?.hostNetwork ? port.containerPort || undefined : undefined;

export const emptyDirWithoutSource = (volume: object): object | undefined =>
  Object.keys(volume).some((key) => key !== "name") ? undefined : {};

interface AccountFields {
  readonly serviceAccount?: string;
  readonly serviceAccountName?: string;
}

/** The older field counts where the newer is left out … */
export const otherAccountField = (spec: AccountFields): string | undefined => spec.serviceAccount || undefined;

/** … and always shows the same. */
export const accountName = (spec: AccountFields): string | undefined => spec.serviceAccountName || undefined;

export const serviceLinksInPods = (_spec: unknown, root: unknown): boolean | undefined =>
  isPod(root) ? true : undefined;

/** What is limited is set aside, unless less is asked for. */
export const requestsFromLimits = (
  resources: { readonly limits?: Readonly<Record<string, string>> },
  root: unknown,
): Readonly<Record<string, string>> | undefined => (isPod(root) ? resources.limits : undefined);
