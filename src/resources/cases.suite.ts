// Tables of cases for tests of kinds: what is sent, and every word that is said about it. It refuses to be used by kinds.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { tryOut } from "./trial.ts";

/** What it is about, what is sent, and all that is said. A warning begins with "warns: ". */
export type Case = readonly [what: string, sent: object, ...said: string[]];

interface Way {
  /** The body that a case's object stands for; itself if left out. */
  readonly body?: (sent: object) => object;
  /** The case is a change of this, itself a case's object. */
  readonly old?: object;
  readonly subresource?: string;
  readonly gates?: readonly string[];
}

/** One test for each case. */
export function judges<T extends KubeObject>(
  resource: Resource<T>,
  { body = (sent) => sent, old, ...options }: Way,
  cases: readonly Case[],
): void {
  for (const [what, sent, ...said] of cases) {
    test(`${resource.kind}: ${what}`, () => {
      const before = old && tryOut(resource, body(old), { ...options, subresource: "" }).object;
      for (const again of [false, true]) {
        const found = tryOut(resource, body(sent), { ...options, again, ...(before && { old: before }) });
        const all = [...found.errors, ...found.warnings.map((text) => `warns: ${text}`)];
        assert.deepEqual(all, said, again ? "what came again" : "what is new");
      }
    });
  }
}
