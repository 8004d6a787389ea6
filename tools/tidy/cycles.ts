// Rule: files do not import each other in a circle. A circle that only types close is shown and does not fail: it is
// gone when the program runs. It refuses to say which import to cut.
import type { Finding, Rule, Tree } from "./tree.ts";

export const cycles: Rule = {
  name: "cycles",
  *check(tree): Iterable<Finding> {
    const running = circlesIn(tree, false);
    for (const circle of running) yield { file: circle[0]!, message: describe(circle) };
    const known = new Set(running.flat());
    for (const circle of circlesIn(tree, true)) {
      if (circle.every((file) => known.has(file))) continue;
      yield { file: circle[0]!, message: `${describe(circle)} (types only)`, warning: true };
    }
  },
};

function describe(circle: readonly string[]): string {
  return `imports itself in a circle: ${[...circle, circle[0]!].join(" -> ")}`;
}

/** One circle for each place where the walk comes back to a file that is still open. */
function circlesIn(tree: Tree, withTypes: boolean): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  for (const start of tree.sources.keys()) {
    if (done.has(start)) continue;
    const open: { file: string; rest: string[] }[] = [{ file: start, rest: targets(tree, start, withTypes) }];
    const isOpen = new Set([start]);
    while (open.length > 0) {
      const top = open.at(-1)!;
      const next = top.rest.pop();
      if (next === undefined) {
        open.pop();
        isOpen.delete(top.file);
        done.add(top.file);
      } else if (isOpen.has(next)) {
        const files = open.map((entry) => entry.file);
        circles.push(files.slice(files.indexOf(next)));
      } else if (!done.has(next)) {
        open.push({ file: next, rest: targets(tree, next, withTypes) });
        isOpen.add(next);
      }
    }
  }
  return circles;
}

function targets(tree: Tree, file: string, withTypes: boolean): string[] {
  const imports = tree.sources.get(file)!.imports;
  return imports.flatMap(({ target, typeOnly }) =>
    target !== undefined && tree.sources.has(target) && (withTypes || !typeOnly) ? [target] : [],
  );
}
