// Affinity between pods: what must hold, what is only liked, and what wakes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PodAffinityTerm } from "../../resources/core/pod/affinity.ts";
import { podInfo } from "../node-info.ts";
import { aNode, aPod, scores, verdicts, wakes } from "../situation.suite.ts";
import { borneTerms, podTerm, termMatches } from "../pod-terms.ts";
import { interPodAffinity } from "./inter-pod-affinity.ts";

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";
const NOT_NEAR = "node(s) didn't match pod affinity rules!";
const TOO_NEAR = "node(s) didn't match pod anti-affinity rules";
const FORBIDDEN = "node(s) didn't satisfy existing pods anti-affinity rules";

const term = (app: string, topologyKey = HOST, words: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  labelSelector: { matchLabels: { app } },
  topologyKey,
  ...words,
});
const near = (...terms: PodAffinityTerm[]) => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const away = (...terms: PodAffinityTerm[]) => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});

const nodes = [aNode("a1", { zone: "a" }), aNode("a2", { zone: "a" }), aNode("b1", { zone: "b" })];
const db = aPod("x", { on: "a1", labels: { app: "db" } });

describe("what must hold", () => {
  test("a pod goes near its partner, and nowhere without one", () => {
    assert.deepEqual(verdicts(interPodAffinity, aPod("p", { spec: near(term("db")) }), { nodes, pods: [db] }), [
      "yes",
      NOT_NEAR,
      NOT_NEAR,
    ]);
    assert.deepEqual(verdicts(interPodAffinity, aPod("p", { spec: near(term("db", ZONE)) }), { nodes, pods: [db] }), [
      "yes",
      "yes",
      NOT_NEAR,
    ]);
    assert.deepEqual(verdicts(interPodAffinity, aPod("p", { spec: near(term("db")) }), { nodes }), [
      NOT_NEAR,
      NOT_NEAR,
      NOT_NEAR,
    ]);
  });

  test("the first of a group starts anywhere with the label; one pod has to meet all terms", () => {
    const first = aPod("p", { labels: { app: "db" }, spec: near(term("db", ZONE)) });
    assert.deepEqual(verdicts(interPodAffinity, first, { nodes: [...nodes, aNode("x")] }), [
      "yes",
      "yes",
      "yes",
      NOT_NEAR,
    ]);
    const pods = [db, aPod("y", { on: "a1", labels: { tier: "1" } })];
    const both = aPod("p", {
      spec: near(term("db"), { labelSelector: { matchLabels: { tier: "1" } }, topologyKey: HOST }),
    });
    assert.deepEqual(verdicts(interPodAffinity, both, { nodes, pods }), [NOT_NEAR, NOT_NEAR, NOT_NEAR]);
  });

  test("a pod keeps away, and what placed pods forbid holds for it too", () => {
    assert.deepEqual(verdicts(interPodAffinity, aPod("p", { spec: away(term("db", ZONE)) }), { nodes, pods: [db] }), [
      TOO_NEAR,
      TOO_NEAR,
      "yes",
    ]);
    const jealous = aPod("x", { on: "a1", spec: away(term("db", ZONE)) });
    assert.deepEqual(verdicts(interPodAffinity, aPod("p", { labels: { app: "db" } }), { nodes, pods: [jealous] }), [
      FORBIDDEN,
      FORBIDDEN,
      "yes",
    ]);
    const elsewhere = aPod("p", { labels: { app: "db" }, namespace: "other" });
    assert.deepEqual(verdicts(interPodAffinity, elsewhere, { nodes, pods: [jealous] }), ["yes", "yes", "yes"]);
  });
});

describe("namespaces", () => {
  const labels = new Map([
    ["demo", { team: "a" }],
    ["other", { team: "b" }],
  ]);
  const speaksOf = (one: PodAffinityTerm, namespace: string) =>
    termMatches(podTerm(one, "demo"), aPod("x", { namespace, labels: { app: "db" } }), labels);

  test("the pod's own by default, named ones, and those that labels select", () => {
    assert.deepEqual([speaksOf(term("db"), "demo"), speaksOf(term("db"), "other")], [true, false]);
    const named = term("db", HOST, { namespaces: ["other"] });
    assert.deepEqual([speaksOf(named, "demo"), speaksOf(named, "other")], [false, true]);
    const selected = term("db", HOST, { namespaceSelector: { matchLabels: { team: "b" } } });
    assert.deepEqual(
      [speaksOf(selected, "demo"), speaksOf(selected, "other"), speaksOf(selected, "unknown")],
      [false, true, false],
    );
    assert.equal(speaksOf(term("db", HOST, { namespaceSelector: {} }), "unknown"), true);
  });

  test("terms that mean the same have the same key", () => {
    const key = (one: PodAffinityTerm) => podTerm(one, "demo").key;
    assert.equal(key(term("db", HOST, { namespaces: ["b", "a"] })), key(term("db", HOST, { namespaces: ["a", "b"] })));
    assert.equal(key(term("db")), key(term("db", HOST, { namespaces: ["demo"] })));
    const keys = [
      term("db"),
      term("web"),
      term("db", ZONE),
      term("db", HOST, { namespaceSelector: {} }),
      { topologyKey: HOST },
      { topologyKey: HOST, labelSelector: {} },
    ];
    assert.equal(new Set(keys.map(key)).size, keys.length);
  });
});

describe("what is only liked", () => {
  const liking = (weight: number, app: string, kind: "podAffinity" | "podAntiAffinity") => ({
    affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term(app) }] } },
  });

  test("near what the pod likes, far from what it dislikes", () => {
    const pods = [db];
    assert.deepEqual(
      scores(interPodAffinity, aPod("p", { spec: liking(10, "db", "podAffinity") }), { nodes, pods }),
      [100, 0, 0],
    );
    assert.deepEqual(
      scores(interPodAffinity, aPod("p", { spec: liking(10, "db", "podAntiAffinity") }), { nodes, pods }),
      [0, 100, 100],
    );
    assert.equal(scores(interPodAffinity, aPod("p"), { nodes, pods }), undefined);
  });

  test("placed pods' likings count for newcomers; their demands count one each", () => {
    const fond = aPod("x", { on: "b1", spec: liking(10, "db", "podAffinity") });
    const bound = aPod("y", { on: "a1", spec: near(term("db")) });
    const pod = aPod("p", { labels: { app: "db" } });
    assert.deepEqual(scores(interPodAffinity, pod, { nodes, pods: [fond, bound] }), [10, 0, 100]);
    assert.deepEqual(
      borneTerms(bound).map(({ weight, forbids }) => [weight, forbids]),
      [[1, false]],
    );
  });
});

test("it wakes for partners that come and for others that go", () => {
  const wanting = aPod("p", { spec: near(term("db")) });
  assert.equal(wakes(interPodAffinity, wanting, { type: "PodPlaced", pod: podInfo(db) }), true);
  assert.equal(wakes(interPodAffinity, wanting, { type: "PodPlaced", pod: podInfo(aPod("y", { on: "a1" })) }), false);
  assert.equal(wakes(interPodAffinity, wanting, { type: "PodGone", pod: podInfo(db) }), false);
  const avoiding = aPod("p", { labels: { app: "web" }, spec: away(term("db")) });
  assert.equal(wakes(interPodAffinity, avoiding, { type: "PodGone", pod: podInfo(db) }), true);
  const jealous = podInfo(aPod("y", { on: "a1", spec: away(term("web")) }));
  assert.equal(wakes(interPodAffinity, aPod("q", { labels: { app: "web" } }), { type: "PodGone", pod: jealous }), true);
  assert.equal(wakes(interPodAffinity, avoiding, { type: "PodGone", pod: podInfo(aPod("z", { on: "a1" })) }), false);
});
