// What a namespace that is going says about what is left in it. Pure. It refuses to look for anything.
import { formatTime } from "../../base/timestamp.ts";
import type { NamespaceCondition } from "../../resources/core/namespace.ts";
import { setCondition } from "../../resources/conditions.ts";

/** What one look at a namespace found. */
export interface Remains {
  /** Why the kinds could not be asked for. */
  discovery?: string;
  /** What deleting or listing failed with. */
  readonly failures: string[];
  /** Objects that are left, by `plural.group`. */
  readonly counts: Map<string, number>;
  /** Objects held by each finalizer. */
  readonly finalizers: Map<string, number>;
  /** How long what is left was given to end; 0: nothing is left. */
  waitSeconds: number;
}

/** One statement: as it is when all is well, and otherwise. `True` means that something is in the way. */
interface Statement {
  readonly type: string;
  readonly well: readonly [reason: string, message: string];
  readonly ill: (remains: Remains) => readonly [reason: string, message: string] | undefined;
}

const listed = (counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string): string =>
  [...counts]
    .map(([name, count]) => text(name, count))
    .sort()
    .join(", ");

const STATEMENTS: readonly Statement[] = [
  {
    type: "NamespaceDeletionDiscoveryFailure",
    well: ["ResourcesDiscovered", "All resources successfully discovered"],
    ill: ({ discovery }) => (discovery === undefined ? undefined : ["DiscoveryFailed", discovery]),
  },
  {
    type: "NamespaceDeletionGroupVersionParsingFailure",
    well: ["ParsedGroupVersions", "All legacy kube types successfully parsed"],
    ill: () => undefined,
  },
  {
    type: "NamespaceDeletionContentFailure",
    well: ["ContentDeleted", "All content successfully deleted, may be waiting on finalization"],
    ill: ({ failures }) =>
      failures.length === 0
        ? undefined
        : [
            "ContentDeletionFailed",
            `Failed to delete all resource types, ${failures.length} remaining: ${failures.toSorted().join(", ")}`,
          ],
  },
  {
    type: "NamespaceContentRemaining",
    well: ["ContentRemoved", "All content successfully removed"],
    ill: ({ counts }) =>
      counts.size === 0
        ? undefined
        : [
            "SomeResourcesRemain",
            `Some resources are remaining: ${listed(counts, (kind, n) => `${kind} has ${n} resource instances`)}`,
          ],
  },
  {
    type: "NamespaceFinalizersRemaining",
    well: ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
    ill: ({ finalizers }) =>
      finalizers.size === 0
        ? undefined
        : [
            "SomeFinalizersRemain",
            `Some content in the namespace has finalizers remaining: ${listed(finalizers, (name, n) => `${name} in ${n} resource instances`)}`,
          ],
  },
];

/** All statements in place; the same list when nothing changed. `now` in milliseconds since the epoch. */
export function conditionsOf(
  before: readonly NamespaceCondition[] | undefined,
  remains: Remains,
  now: number,
): readonly NamespaceCondition[] {
  let conditions = before ?? [];
  for (const { type, well, ill } of STATEMENTS) {
    const found = ill(remains);
    const [reason, message] = found ?? well;
    conditions = setCondition<NamespaceCondition>(
      conditions,
      { type, status: found ? "True" : "False", reason, message },
      formatTime(now),
    );
  }
  return conditions;
}
