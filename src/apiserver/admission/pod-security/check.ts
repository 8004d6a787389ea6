// What a check of Pod Security is, and how its findings are worded. It refuses to contain one.
import type { ObjectMeta } from "../../../schema/meta/object-meta.ts";
import type { PodSpec } from "../../../resources/core/pod/spec.ts";
import type { Container } from "../../../resources/core/pod/container.ts";
import type { EphemeralContainer } from "../../../resources/core/pod/ephemeral-container.ts";

/** A pod or the template of one. */
export interface PodLike {
  readonly metadata?: Pick<ObjectMeta, "annotations"> | undefined;
  readonly spec: PodSpec;
}

/** Why a pod is refused: the control, and what in this pod offends it. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** One control of a standard. `since`: the minor version of Kubernetes 1 from which it holds. */
export interface Check {
  readonly id: string;
  readonly since: number;
  /** Baseline checks that a restricted one makes superfluous. */
  readonly replaces?: string;
  /** `minor` is the version that the namespace asks for. */
  find(pod: PodLike, minor: number): Violation | undefined;
}

export type AnyContainer = Container | EphemeralContainer;

/** All containers in the order in which they are named: init containers first. */
export const containersOf = ({ spec }: PodLike): readonly AnyContainer[] => [
  ...(spec.initContainers ?? []),
  ...spec.containers,
  ...(spec.ephemeralContainers ?? []),
];

/** Names of the containers for which this holds. */
export const namesWhere = (pod: PodLike, holds: (container: AnyContainer) => boolean): readonly string[] =>
  containersOf(pod)
    .filter(holds)
    .map(({ name }) => name);

/** `"a", "b"`. */
export const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);

/** `container "a"`, `containers "a", "b"`. */
export const containerText = (names: readonly string[]): string =>
  `${plural("container", "containers", names.length)} ${quoted(names)}`;

/** Whose setting offends: the pod's own, containers' or both. Undefined for nobody. */
export function settersText(byPod: boolean, byContainers: readonly string[]): string | undefined {
  const setters = [...(byPod ? ["pod"] : []), ...(byContainers.length > 0 ? [containerText(byContainers)] : [])];
  return setters.length > 0 ? setters.join(" and ") : undefined;
}

export const sortedSet = (values: Iterable<string>): readonly string[] => [...new Set(values)].sort();

/** A pod for Windows has no use for some controls of Linux, since 1.25. */
export const exemptAsWindows = ({ spec }: PodLike, minor: number): boolean =>
  minor >= 25 && spec.os?.name === "windows";

/** Root in a user namespace is nobody on the host, since 1.35. */
export const exemptInUserNamespace = ({ spec }: PodLike, minor: number): boolean =>
  minor >= 35 && spec.hostUsers === false;
