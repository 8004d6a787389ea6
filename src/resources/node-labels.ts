// Labels of nodes that have a newer name or none, and what is said to whoever still asks for them. It refuses nothing.
import { formats } from "../base/formats.ts";
import type { FieldPath } from "../schema/meta/path.ts";

const DEPRECATED: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** What is to be said of a label's name; undefined if nothing is. */
export const deprecatedLabel = (key: string): string | undefined =>
  Object.hasOwn(DEPRECATED, key) ? DEPRECATED[key] : undefined;

interface Term {
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly values?: readonly string[] | undefined }[]
    | undefined;
}

/** About a term of a node selector; `withValues`: where its values were not judged as labels, they are now. */
export function* nodeTermWarnings(term: Term, path: FieldPath, withValues = false): Generator<string> {
  for (const [i, { key, values = [] }] of (term.matchExpressions ?? []).entries()) {
    const at = path.child("matchExpressions").index(i);
    const said = deprecatedLabel(key);
    if (said !== undefined) yield `${at.child("key")}: ${key} is ${said}`;
    if (!withValues) continue;
    for (const [j, value] of values.entries()) {
      for (const fault of formats.labelValue(value)) {
        yield `${at.child("values").index(j)}: ${value} is invalid, ${fault}`;
      }
    }
  }
}
