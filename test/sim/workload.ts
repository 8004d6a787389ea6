// What people do to the cluster, at random from the seed. It refuses to wait for an outcome: a person's call may
// fail, and what it was worth is in the ledger.
import type { Random } from "../../src/base/random.ts";
import { Deployment } from "../../src/resources/apps/deployment.ts";
import { ReplicaSet } from "../../src/resources/apps/replica-set.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { Node } from "../../src/resources/core/node.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { Service } from "../../src/resources/core/service.ts";
import { StatusError, hasReason } from "../../src/schema/meta/status.ts";
import type { KubeObject, Resource } from "../../src/schema/resource.ts";
import { deleteOwner, metadataOf, ofObject, one } from "./hands.ts";
import type { Action, Hands } from "./hands.ts";
import { IMAGES } from "./images.ts";
import { jobActions } from "./workload-jobs.ts";
import { between, chance, pick } from "./world.ts";
import type { World } from "./world.ts";

export const NAMESPACES = ["blue", "green"] as const;

function template(random: Random, app: string, image: string): Pod {
  const probe = { httpGet: { path: "/", port: 80 }, periodSeconds: 5, failureThreshold: 2 };
  return {
    metadata: { labels: { app } },
    spec: {
      terminationGracePeriodSeconds: between(random, 1, 4),
      containers: [
        {
          name: "main",
          image,
          resources: { requests: { cpu: `${between(random, 1, 9) * 100}m` } },
          ...(chance(random, 0.5) && { readinessProbe: probe }),
          ...(chance(random, 0.3) && { livenessProbe: { ...probe, failureThreshold: 3 } }),
        },
      ],
    },
  } as unknown as Pod;
}

function strategyFrom(random: Random) {
  if (chance(random, 0.15)) return { type: "Recreate" };
  const [maxSurge, maxUnavailable] = pick(random, [
    [1, 0],
    [0, 1],
    ["25%", "25%"],
    [2, 1],
    ["50%", 0],
  ] as const);
  return { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } };
}

const deploymentName = (random: Random) => pick(random, ["web", "api", "jobs"]);

async function createDeployment(hands: Hands): Promise<void> {
  const { client, random } = hands;
  const app = deploymentName(random);
  const spec = {
    replicas: between(random, 1, 5),
    selector: { matchLabels: { app } },
    strategy: strategyFrom(random),
    minReadySeconds: pick(random, [0, 0, 2]),
    template: template(random, app, pick(random, IMAGES)),
  };
  await client.create(Deployment, { metadata: metadataOf(hands, app), spec } as unknown as Deployment);
}

async function patchDeployment(hands: Hands, spec: (deployment: Deployment) => object): Promise<void> {
  const found = one<Deployment>(hands, "apps/deployments");
  if (found) await hands.client.patch(Deployment, ofObject(found), { type: "strategic", body: { spec: spec(found) } });
}

async function rollBack(hands: Hands): Promise<void> {
  const found = one<Deployment>(hands, "apps/deployments");
  if (!found) return;
  const old = one<ReplicaSet>(
    hands,
    "apps/replicasets",
    ({ metadata }) => metadata.ownerReferences?.[0]?.uid === found.metadata.uid,
  );
  if (!old) return;
  const fresh = await hands.client.get(Deployment, ofObject(found));
  const { "pod-template-hash": _, ...labels } = old.spec.template.metadata?.labels ?? {};
  const next = { ...old.spec.template, metadata: { ...old.spec.template.metadata, labels } };
  await hands.client.update(Deployment, { ...fresh, spec: { ...fresh.spec, template: next } } as Deployment);
}

const isFree = ({ metadata }: KubeObject) => !metadata.ownerReferences?.length;

async function createReplicaSet(hands: Hands): Promise<void> {
  const { client, random } = hands;
  const app = pick(random, ["set-a", "set-b"]);
  const spec = {
    replicas: between(random, 1, 4),
    selector: { matchLabels: { app } },
    template: template(random, app, pick(random, IMAGES)),
  };
  await client.create(ReplicaSet, { metadata: metadataOf(hands, app), spec } as unknown as ReplicaSet);
}

async function scaleReplicaSet(hands: Hands): Promise<void> {
  const found = one<ReplicaSet>(hands, "apps/replicasets", isFree);
  if (found)
    await hands.client.patch(ReplicaSet, ofObject(found), {
      type: "merge",
      body: { spec: { replicas: hands.random.below(5) } },
    });
}

async function createService(hands: Hands): Promise<void> {
  const app = pick(hands.random, ["web", "api", "set-a"]);
  await hands.client.create(Service, {
    metadata: metadataOf(hands, app),
    spec: { selector: { app }, ports: [{ port: 80 }] },
  } as unknown as Service);
}

/** Two people count at the same time. */
async function count(hands: Hands): Promise<void> {
  const name = pick(hands.random, ["counter-a", "counter-b"]);
  await Promise.all([increment(hands, name), increment(hands, name)]);
}

/** Reads, adds one, writes: what the write says is all that the person knows. */
async function increment(hands: Hands, name: string): Promise<void> {
  const { client, world } = hands;
  const at = { namespace: "default", name };
  const key = `core/configmaps/${at.namespace}/${at.name}`;
  const entry = world.ledger.counters.get(key) ?? { acknowledged: 0, unknown: 0 };
  world.ledger.counters.set(key, entry);
  try {
    const before = await client.get(ConfigMap, at);
    const data = { count: String(Number(before.data?.["count"] ?? 0) + 1) };
    await client.update(ConfigMap, { ...before, data });
    entry.acknowledged++;
  } catch (error) {
    if (hasReason(error, "Conflict")) return;
    if (hasReason(error, "NotFound")) await client.create(ConfigMap, { metadata: at, data: { count: "0" } });
    else if (hasReason(error, "ServiceUnavailable", "Timeout", "InternalError")) entry.unknown++;
    else throw error;
  }
}

async function deletePod(hands: Hands): Promise<void> {
  const pod = one<Pod>(hands, "core/pods");
  if (pod) await hands.client.delete(Pod, ofObject(pod), chance(hands.random, 0.2) ? { gracePeriodSeconds: 0 } : {});
}

async function createPod(hands: Hands): Promise<void> {
  const { random } = hands;
  const { spec } = template(random, "none", pick(random, IMAGES));
  const [container] = spec.containers;
  const ends = chance(random, 0.5);
  const containers = [
    {
      ...container,
      ...(ends && {
        command: ["sh", "-c", `sleep ${between(random, 1, 9)}; exit ${random.below(2)}`],
        readinessProbe: undefined,
        livenessProbe: undefined,
      }),
    },
  ];
  const body = {
    metadata: metadataOf(hands, `bare-${random.below(4)}`),
    spec: { ...spec, containers, restartPolicy: ends ? "Never" : "Always" },
  };
  await hands.client.create(Pod, JSON.parse(JSON.stringify(body)) as Pod);
}

/** A pod taken out of its set, as people do to look at it. */
async function releasePod(hands: Hands): Promise<void> {
  const pod = one<Pod>(hands, "core/pods", (one) => one.metadata.ownerReferences !== undefined);
  if (pod)
    await hands.client.patch(Pod, ofObject(pod), {
      type: "merge",
      body: { metadata: { labels: { app: `released-${hands.random.below(1000)}` } } },
    });
}

async function cordon(hands: Hands, unschedulable: boolean): Promise<void> {
  const { name } = pick(hands.random, hands.world.cluster.nodes);
  await hands.client.patch(Node, { name }, { type: "merge", body: { spec: { unschedulable } } });
}

const ACTIONS: readonly Action[] = [
  { name: "create deployment", weight: 6, act: createDeployment },
  {
    name: "scale deployment",
    weight: 5,
    act: (hands) => patchDeployment(hands, () => ({ replicas: hands.random.below(6) })),
  },
  {
    name: "update deployment",
    weight: 5,
    act: (hands) =>
      patchDeployment(hands, () => ({
        template: { spec: { containers: [{ name: "main", image: pick(hands.random, IMAGES) }] } },
      })),
  },
  {
    name: "pause or resume",
    weight: 1,
    act: (hands) => patchDeployment(hands, ({ spec }) => ({ paused: !spec.paused })),
  },
  { name: "roll back", weight: 2, act: rollBack },
  {
    name: "delete deployment",
    weight: 2,
    act: (hands) => deleteOwner(hands, Deployment as unknown as Resource, "apps/deployments"),
  },
  { name: "create replicaset", weight: 2, act: createReplicaSet },
  { name: "scale replicaset", weight: 2, act: scaleReplicaSet },
  {
    name: "delete replicaset",
    weight: 1,
    act: (hands) => deleteOwner(hands, ReplicaSet as unknown as Resource, "apps/replicasets"),
  },
  { name: "create service", weight: 3, act: createService },
  {
    name: "delete service",
    weight: 1,
    act: (hands) => deleteOwner(hands, Service as unknown as Resource, "core/services"),
  },
  { name: "count", weight: 4, act: count },
  { name: "delete pod", weight: 4, act: deletePod },
  { name: "create pod", weight: 2, act: createPod },
  { name: "release pod", weight: 1, act: releasePod },
  { name: "cordon node", weight: 1, act: (hands) => cordon(hands, true) },
  { name: "uncordon node", weight: 2, act: (hands) => cordon(hands, false) },
  {
    name: "delete node",
    weight: 1,
    act: ({ client, random, world }) => client.delete(Node, { name: pick(random, world.cluster.nodes).name }),
  },
  {
    name: "create namespace",
    weight: 2,
    act: ({ client, random }) =>
      client.create(Namespace, { metadata: { name: pick(random, NAMESPACES) }, spec: {}, status: {} }),
  },
  {
    name: "delete namespace",
    weight: 1,
    act: ({ client, random }) => client.delete(Namespace, { name: pick(random, NAMESPACES) }),
  },
  ...jobActions,
];

const WEIGHTS = ACTIONS.reduce((sum, { weight }) => sum + weight, 0);

/** Does one thing and does not wait for it. */
export function actAtRandom(world: World, random: Random): void {
  let at = random.below(WEIGHTS);
  const action = ACTIONS.find(({ weight }) => (at -= weight) < 0)!;
  const hands = {
    world,
    random,
    client: world.cluster.user,
    namespace: pick(random, ["default", "default", ...NAMESPACES]),
  };
  world.journal.note(`user: ${action.name}`);
  void action.act(hands).catch((error: unknown) => {
    if (!(error instanceof StatusError)) throw error;
    world.journal.note(`user: ${action.name}: ${error.reason}`);
    // A person can do nothing that breaks the server, but for the faults that are played.
    if (error.reason === "InternalError" && !/database or disk is full|the process ended/.test(error.message))
      world.violated("errors", `${action.name}: ${error.message}`);
    if (error.reason === "Invalid" || error.reason === "BadRequest")
      world.violated("errors", `${action.name}: ${error.message}`);
  });
}

/** Before the run is judged: every node may be used again. Tried until it is so. */
export async function tidyUp({ cluster }: World): Promise<void> {
  for (const { name } of cluster.nodes) {
    try {
      await cluster.user.patch(Node, { name }, { type: "merge", body: { spec: { unschedulable: false } } });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}
