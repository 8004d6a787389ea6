// Limits of local storage in upstream's words.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Pod } from "../../resources/core/pod.ts";
import { isLimited, overLimit } from "./local-storage.ts";

const MIB = 1 << 20;
const limited = (limit: string | undefined) => ({ resources: limit ? { limits: { "ephemeral-storage": limit } } : {} });

function pod(a: string | undefined, b?: string, sizeLimit?: string): Pick<Pod, "spec"> {
  return {
    spec: {
      volumes: [{ name: "v", emptyDir: { ...(sizeLimit && { sizeLimit }) } }],
      containers: [
        { name: "a", ...limited(a) },
        { name: "b", ...limited(b) },
      ],
    } as unknown as Pod["spec"],
  };
}

test("only pods with limits are looked at", () => {
  assert.equal(isLimited(pod(undefined)), false);
  assert.equal(isLimited(pod("1Mi")), true);
  assert.equal(isLimited(pod(undefined, undefined, "1Mi")), true);
});

test("an emptyDir over its size comes first", () => {
  const usage = { volumes: { v: 2 * MIB }, containers: { a: 5 * MIB } };
  assert.equal(overLimit(pod("1Mi", "1Mi", "1Mi"), usage), 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ');
  assert.equal(overLimit(pod(undefined, undefined, "2Mi"), usage), undefined);
});

test("all together, or one container where another has no limit", () => {
  const usage = { volumes: { v: MIB }, containers: { a: 2 * MIB, b: MIB / 2 } };
  assert.equal(
    overLimit(pod("1Mi", "2Mi"), usage),
    "Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ",
  );
  assert.equal(overLimit(pod("2Mi", "2Mi"), usage), undefined);
  assert.equal(overLimit(pod("1Mi"), usage), 'Container a exceeded its local ephemeral storage limit "1Mi". ');
});
