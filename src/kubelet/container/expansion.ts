// `$(NAME)` in commands, arguments and variables. Pure; it refuses to treat an unknown name as empty: it stays as written.

/** Replaces each `$(NAME)` that `lookup` knows; `$$` is a `$` that begins nothing. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, what: string, name: string | undefined) => {
    if (what === "$") return "$";
    return lookup(name ?? "") ?? whole;
  });
}
