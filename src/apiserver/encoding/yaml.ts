// YAML out and in, as kubectl and the API server write and read it. It refuses to keep anything that JSON cannot say.
import { dump } from "js-yaml";

/** Keys in order, no anchors, no folding. */
export function yamlOf(value: object): string {
  return dump(value, { sortKeys: true, noRefs: true, lineWidth: -1 });
}
