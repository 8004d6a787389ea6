// What expressions that change objects may use beside all else: `jsonpatch.escapeKey`. It refuses to apply a patch.
import { namespaced, overload } from "../environment.ts";
import type { Overload } from "../environment.ts";

export const patches: readonly Overload[] = [
  namespaced(
    "jsonpatch.escapeKey",
    overload("escapeKey(string) string", (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1"), 0),
  ),
];
