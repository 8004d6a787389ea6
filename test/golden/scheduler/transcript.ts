// Plays a scheduling story written as text and gives it back with what the pure core answered. It refuses to wait,
// bind or evict: a placed pod counts as placed, victims leave only where the story says so.
//
//   node NAME [cpu=4] [memory=8Gi] [pods=110] [zone=z] [label=k:v] [taint=k:effect] [cordoned]
//   related service LABEL:VALUE             what the default spreading goes by
//   pod NAME [on=NODE] [cpu=…] [memory=…] [priority=…] [label=k:v] [port=80] [near=k:v@zone] [away=k:v@host]
//            [spread=SKEW@zone] [likes=k:v@zone] [needs=k:v] [tolerates=k] [nominated=NODE]
//   gone NAME
//
// A pod without `on` is scheduled. Answers are indented; lines that begin with # are comments.
import { Cluster } from "../../../src/scheduler/cluster.ts";
import { schedule } from "../../../src/scheduler/cycle.ts";
import { unavailable } from "../../../src/scheduler/explain.ts";
import type { PodInfo } from "../../../src/scheduler/node-info.ts";
import { podInfo } from "../../../src/scheduler/node-info.ts";
import { defaultPlugins } from "../../../src/scheduler/plugins/index.ts";
import { preempt } from "../../../src/scheduler/preemption.ts";
import { aNode, aPod } from "../../../src/scheduler/situation.suite.ts";
import type { Pod } from "../../../src/resources/core/pod.ts";
import { labelQueryOfMap } from "../../../src/schema/label-selector.ts";

type Words = ReadonlyMap<string, readonly string[]>;

const TOPOLOGY: Readonly<Record<string, string>> = {
  zone: "topology.kubernetes.io/zone",
  host: "kubernetes.io/hostname",
};

function wordsOf(parts: readonly string[]): Words {
  const words = new Map<string, string[]>();
  for (const part of parts) {
    const [key = "", value = ""] = part.split(/=(.*)/s);
    words.set(key, [...(words.get(key) ?? []), value]);
  }
  return words;
}

const pairs = (values: readonly string[] = []) => Object.fromEntries(values.map((value) => value.split(":") as [string, string]));

function nodeOf(name: string, words: Words) {
  const one = (key: string) => words.get(key)?.[0];
  const taints = words.get("taint")?.map((taint) => {
    const [key = "", effect = ""] = taint.split(":");
    return { key, effect: effect as "NoSchedule" };
  });
  const [cpu, memory, pods, zone] = [one("cpu"), one("memory"), one("pods"), one("zone")];
  return aNode(name, {
    labels: pairs(words.get("label")),
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(pods && { pods: Number(pods) }),
    ...(zone && { zone }),
    spec: { ...(taints && { taints }), ...(words.has("cordoned") && { unschedulable: true }) },
  });
}

/** `app:web@zone` */
const termOf = (text: string) => {
  const [labels = "", place = ""] = text.split("@");
  return { labelSelector: { matchLabels: pairs([labels]) }, topologyKey: TOPOLOGY[place]! };
};

function specOf(words: Words): Partial<Pod["spec"]> {
  const labels = pairs(words.get("label"));
  const near = words.get("near")?.map(termOf);
  const away = words.get("away")?.map(termOf);
  const likes = words.get("likes")?.map((text) => ({ weight: 100, podAffinityTerm: termOf(text) }));
  const podAffinity = {
    ...(near && { requiredDuringSchedulingIgnoredDuringExecution: near }),
    ...(likes && { preferredDuringSchedulingIgnoredDuringExecution: likes }),
  };
  const spread = words.get("spread")?.map((text) => {
    const [skew = "", place = ""] = text.split("@");
    const rest = { topologyKey: TOPOLOGY[place]!, labelSelector: { matchLabels: labels } };
    return { maxSkew: Number(skew), whenUnsatisfiable: "DoNotSchedule" as const, ...rest };
  });
  return {
    affinity: {
      ...(Object.keys(podAffinity).length > 0 && { podAffinity }),
      ...(away && { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: away } }),
    },
    ...(spread && { topologySpreadConstraints: spread }),
    ...(words.has("needs") && { nodeSelector: pairs(words.get("needs")) }),
    ...(words.has("tolerates") && { tolerations: words.get("tolerates")!.map((key) => ({ key, operator: "Exists" as const })) }),
  };
}

function podOf(name: string, words: Words): Pod {
  const one = (key: string) => words.get(key)?.[0];
  const [on, cpu, memory, priority, port, nominated] = ["on", "cpu", "memory", "priority", "port", "nominated"].map(one);
  return aPod(name, {
    labels: pairs(words.get("label")),
    priority: Number(priority ?? 0),
    ...(on && { on }),
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(port && { hostPort: Number(port) }),
    spec: specOf(words),
    ...(nominated && { status: { nominatedNodeName: nominated } }),
  });
}

/** The first of equals is chosen, so that a story has one outcome. */
const first = () => 0;

function answer(cluster: Cluster, info: PodInfo): string[] {
  const [bare, snapshot] = [cluster.snapshot(), cluster.snapshotFor(info)];
  const plugins = defaultPlugins;
  const result = schedule(info, snapshot, { plugins, draw: first, bare: bare === snapshot ? undefined : bare });
  if ("node" in result) {
    cluster.assume(info, result.node);
    return [`goes to ${result.node}`];
  }
  if ("refusal" in result) return [`nowhere: ${result.refusal.text}`, `waits for ${result.refusal.plugin}`];
  const lines = [unavailable(snapshot.nodes.length, [...result.rejections.values()].map((r) => r.reasons))];
  if (snapshot.nodes.length === 0) return lines;
  const found = preempt(info, snapshot, result.rejections, { plugins, budgets: [], draw: first });
  lines.push(`preemption: ${found.message}`);
  if (found.outcome === "found") {
    cluster.nominate(info, found.candidate.node);
    lines.push(`victims: ${found.candidate.victims.map(({ pod }) => pod.metadata.name).join(", ")}`);
  }
  const objecting = new Set([...result.rejections.values()].map((r) => r.plugin));
  lines.push(`waits for ${[...objecting].sort().join(", ")}`);
  return lines;
}

/** The story with its answers written anew. */
export function play(story: string): string {
  const cluster = new Cluster(() => undefined);
  const out: string[] = [];
  for (const line of story.split("\n")) {
    if (line.startsWith("  ")) continue;
    out.push(line);
    const [verb = "", name = "", ...parts] = line.trim().split(/\s+/);
    if (verb === "" || verb.startsWith("#")) continue;
    if (verb === "node") cluster.putNode(nodeOf(name, wordsOf(parts)));
    else if (verb === "gone") cluster.removePod(aPod(name));
    else if (verb === "related") {
      cluster.putSelecting("demo", { kind: "Service", uid: parts.join(), query: labelQueryOfMap(pairs(parts)) });
    } else if (verb === "pod") {
      const pod = podOf(name, wordsOf(parts));
      if (pod.spec.nodeName) cluster.putPlaced(pod);
      else {
        cluster.putWaiting(pod);
        out.push(...answer(cluster, podInfo(pod)).map((text) => `  ${text}`));
      }
    } else throw new Error(`a story has no ${verb}: ${line}`);
  }
  return out.join("\n");
}
