// Rule: nothing in the repository depends on where it was written. It refuses paths of one machine and the hosts of
// package registries.
import { type Finding, lineAt, type Rule } from "./tree.ts";

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.~/-])\/(?:work|home\/\w+|Users\/\w+|root)\/[\w.-]+/g, "names a path of one machine"],
  [/"resolved":\s*"https?:[^"]*"/g, "names a registry: keep the lock file without `resolved`"],
  [
    /\bhttps?:\/\/(?:registry\.(?:npmjs|yarnpkg)\.\w+|deb\.debian\.org|[\w.-]*(?:artifactory|nexus|verdaccio)[\w.-]*)/g,
    "names a registry",
  ],
];

export const noHostPaths: Rule = {
  name: "no-host-paths",
  *check(tree): Iterable<Finding> {
    for (const [file, text] of tree.texts) {
      if (file.startsWith("tools/tidy")) continue;
      for (const [form, message] of FORMS) {
        for (const match of text.matchAll(form)) {
          yield { file, line: lineAt(text, match.index), message: `${message}: ${match[0].slice(0, 80)}` };
        }
      }
    }
  },
};
