// The recorded HTTP exchanges against `bin/kaji apiserver` alone: the kinds of the first path over HTTP/1.1 and over
// HTTP/2, all others over HTTP/1.1. It refuses every failure but those that are named here, with their reasons.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startApiserver, withoutReference } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { judge, replay } from "./replay.ts";

const KINDS = [
  "Namespace|Node|Pod|Service|Endpoints|EndpointSlice|ConfigMap|Secret|ServiceAccount|Event|events\\.k8s\\.io/Event|Lease",
  "Deployment|ReplicaSet|(Cluster)?Role(Binding)?|Job|CronJob",
  "TokenReview|SelfSubject\\w+|SubjectAccessReview|Authentication|Impersonation|Forbidden|Escalation|Health",
].join("|");
const FILTER = `^[^/]+/(${KINDS})/`;
const CASES = 759;
const AT_LEAST = 757;

/** These do not depend on the server alone. */
const UNSTEADY: readonly string[] = [
  // The age of an event of 2020 in a table is a day more with every day.
  "negotiation/Event/table",
  // So is the duration of a job that was begun then.
  "negotiation/Job/table",
];

const OTHERS = `^[^/]+/(?!(${KINDS})/)`;
const OTHER_CASES = 504;

let cluster: Cluster;
before(async () => {
  if (withoutReference === false) cluster = await startApiserver();
});
after(() => cluster?.stop());

for (const [protocol, args] of [
  ["HTTP/1.1", []],
  ["HTTP/2", ["--http2"]],
] as const) {
  test(`recorded API cases over ${protocol}`, { skip: withoutReference }, async (t) => {
    const program = { program: "replay.mjs", cases: "cases", filter: FILTER, arguments: args };
    const result = await replay(cluster, program);
    t.diagnostic(`${protocol}: ${judge(result, { atLeast: AT_LEAST, unsteady: UNSTEADY })}`);
    assert.equal(result.total, CASES, "the filter takes in all cases of these kinds");
    const failed = result.failures.filter((name) => name.split("/")[1] === "ConfigMap").length;
    const configMaps = 233;
    const share = (configMaps - failed) / configMaps;
    t.diagnostic(`${protocol}: ${configMaps - failed} of ${configMaps} ConfigMap cases pass`);
    assert.ok(share >= 0.95, `of ConfigMap's cases ${(share * 100).toFixed(1)} % pass, 95 % have to`);
  });
}

test("recorded API cases of all other kinds", { skip: withoutReference }, async (t) => {
  const result = await replay(cluster, { program: "replay.mjs", cases: "cases", filter: OTHERS });
  t.diagnostic(judge(result, { atLeast: OTHER_CASES }));
  assert.equal(result.total, OTHER_CASES, "the filter takes in all cases of the other kinds");
});
