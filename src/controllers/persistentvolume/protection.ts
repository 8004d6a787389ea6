// A finalizer that keeps an object for as long as it is in use: put on what lives, taken from what is to go and is free. It
// refuses to know what use means.
import type { Client } from "../../client/client.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";

interface Protection {
  readonly client: Client;
  readonly inUse: () => Promise<boolean>;
}

export async function protect<T extends KubeObject>(
  resource: Resource<T>,
  object: T,
  finalizer: string,
  { client, inUse }: Protection,
): Promise<void> {
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const isProtected = finalizers.includes(finalizer);
  const isGoing = deletionTimestamp !== undefined;
  if (isProtected !== isGoing || (isGoing && (await inUse()))) return;
  const next = isGoing ? finalizers.filter((one) => one !== finalizer) : [...finalizers, finalizer];
  try {
    await client.update(resource, { ...object, metadata: { ...object.metadata, finalizers: next } });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
