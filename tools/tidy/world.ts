// Rule: time and chance are parameters. It refuses the machine's own outside src/base/, so that a cluster can be run
// from a seed in virtual time.
import { findings, type Finding, type Rule } from "./tree.ts";

/** What to look for in code, and what to use in its place. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w$])Date\.now\b/g, "Clock.now()"],
  [/(?<![\w$])new\s+Date\b(?:\s*\(\s*\)|(?!\s*\())/g, "Clock.now()"],
  [/(?<![\w$.])(?<!new\s+)Date\s*\(\s*\)/g, "Clock.now()"],
  [/(?<![\w$])performance\.(?:now|timeOrigin)\b/g, "Clock.monotonic()"],
  [/(?<![\w$])process\.(?:hrtime|uptime)\b/g, "Clock.monotonic()"],
  [/(?<![\w$])Temporal\.Now\b/g, "Clock.now()"],
  [/(?<![\w$.])(?:globalThis\.)?(?:setTimeout|setInterval)\b(?=\s*[(,;)\n])/g, "Clock.after()"],
  [/(?<![\w$.])(?:globalThis\.)?setImmediate\b(?=\s*[(,;)\n])/g, "Clock.after()"],
  [/(?<![\w$])AbortSignal\.timeout\b/g, "Clock.after() and an AbortController"],
  [/(?<![\w$])Math\.random\b/g, "Random.float()"],
  [
    /(?<![\w$])(?:randomBytes|randomUUID|randomUUIDv7|randomInt|randomFill|randomFillSync|getRandomValues)\b/g,
    "Random",
  ],
];

export const world: Rule = {
  name: "world",
  *check(tree): Iterable<Finding> {
    for (const source of tree.sources.values()) {
      if (!source.file.startsWith("src/") || source.file.startsWith("src/base/")) continue;
      for (const [form, instead] of FORBIDDEN) {
        yield* findings(source, form, (found) => `uses ${found.replace(/\s+/g, " ").trim()}: use ${instead}`);
      }
      for (const { specifier, line } of source.imports) {
        if (/^(?:node:)?timers(?:\/promises)?$/.test(specifier)) {
          yield { file: source.file, line, message: `imports ${specifier}: use Clock` };
        }
      }
    }
  },
};
