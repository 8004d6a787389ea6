// Which class counts where several say that they are the default: the newest, then the first by name. It refuses to know
// of what the classes are.
import type { KubeObject } from "../../schema/resource.ts";

/** The one that counts of those whose annotation says "true"; undefined if none does. */
export function newestDefault<T extends KubeObject>(classes: readonly T[], annotation: string): T | undefined {
  const [first] = classes
    .filter(({ metadata }) => metadata.annotations?.[annotation] === "true")
    .sort((a, b) => compare(made(b), made(a)) || compare(a.metadata.name ?? "", b.metadata.name ?? ""));
  return first;
}

const made = ({ metadata }: KubeObject) => metadata.creationTimestamp ?? "";

const compare = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);
