// A person's hands in a run: an action has a name and a weight, and these are what all actions use. It refuses to hold
// actions (workload.ts, workload-jobs.ts).
import type { Random } from "../../src/base/random.ts";
import type { Client } from "../../src/client/client.ts";
import type { KubeObject, Resource } from "../../src/schema/resource.ts";
import { pick } from "./world.ts";
import type { World } from "./world.ts";

/** An action: what it is called in the journal, how often it is chosen, what it does. */
export interface Action {
  readonly name: string;
  readonly weight: number;
  act(hands: Hands): Promise<unknown>;
}

export interface Hands {
  readonly world: World;
  readonly random: Random;
  readonly client: Client;
  readonly namespace: string;
}

export const metadataOf = (hands: Hands, name: string) => ({ namespace: hands.namespace, name });

/** One of the objects there, as a person would find it in a list. */
export function one<T extends KubeObject>(
  { world, random, namespace }: Hands,
  kind: string,
  test: (object: T) => boolean = () => true,
): T | undefined {
  const all = [...world.cluster.truth.list<T>(kind)].filter(
    (object) => object.metadata.namespace === namespace && test(object),
  );
  return all.length === 0 ? undefined : pick(random, all);
}

export const ofObject = ({ metadata }: KubeObject) => ({ namespace: metadata.namespace, name: metadata.name! });

export async function deleteOwner(
  hands: Hands,
  resource: Resource,
  kind: string,
  test?: (object: KubeObject) => boolean,
): Promise<void> {
  const found = one<KubeObject>(hands, kind, test);
  if (!found) return;
  const propagationPolicy = pick(hands.random, ["Background", "Background", "Foreground", "Orphan"] as const);
  await hands.client.delete(resource, ofObject(found), { propagationPolicy });
}
