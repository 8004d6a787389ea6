// Which class counts where several say that they are the default: the newest, then the first by name. It refuses to know
// of what the classes are.
import type { KubeObject } from "../../schema/resource.ts";

/** The one that counts of those of which one of the annotations says "true"; undefined if none does. */
export function newestDefault<T extends KubeObject>(
  classes: readonly T[],
  ...annotations: readonly string[]
): T | undefined {
  const [first] = classes
    .filter(({ metadata }) => annotations.some((name) => metadata.annotations?.[name] === "true"))
    .sort((a, b) => compare(made(b), made(a)) || compare(a.metadata.name ?? "", b.metadata.name ?? ""));
  return first;
}

const made = ({ metadata }: KubeObject) => metadata.creationTimestamp ?? "";

const compare = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);
