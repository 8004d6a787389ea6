// Conditions: the list of statements in a status. Reading and setting them. It refuses to know any type of condition.

/** What every kind of condition has, whatever else it carries. */
export interface AnyCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export const findCondition = <C extends AnyCondition>(list: readonly C[] | undefined, type: string): C | undefined =>
  list?.find((condition) => condition.type === type);

/** Whether the condition is there and True. */
export const isTrue = (list: readonly AnyCondition[] | undefined, type: string): boolean =>
  findCondition(list, type)?.status === "True";

/**
 * The list with `condition` set, at its old place or at the end. `now` becomes lastTransitionTime when the status
 * changed, otherwise the old time stays. The same list comes back when nothing changed.
 */
export function setCondition<C extends AnyCondition>(
  list: readonly C[] | undefined,
  condition: Omit<C, "lastTransitionTime">,
  now: string,
): readonly C[] {
  const given = condition as C;
  const old = findCondition(list, given.type);
  const kept = old?.status === given.status ? (old.lastTransitionTime ?? now) : now;
  const next = { ...given, lastTransitionTime: kept };
  if (!old) return [...(list ?? []), next];
  if (sameMembers(old, next)) return list!;
  return list!.map((c) => (c === old ? next : c));
}

export function removeCondition<C extends AnyCondition>(list: readonly C[] | undefined, type: string): readonly C[] {
  if (!findCondition(list, type)) return list ?? [];
  return list!.filter((condition) => condition.type !== type);
}

/** Members of conditions are scalars. */
function sameMembers(a: object, b: object): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name as never] === b[name as never]);
}
