// Makes an object that has to exist. It refuses to change one that is there.
import type { Client, Draft } from "../../client/client.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";

/** The stored object, made if it was absent. */
export async function ensure<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  object: Draft<T>,
): Promise<T> {
  const { namespace, name = "" } = object.metadata as KubeObject["metadata"];
  try {
    return await client.get(resource, { namespace, name });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
  try {
    return await client.create(resource, object);
  } catch (error) {
    // Another server was faster.
    if (!hasReason(error, "AlreadyExists")) throw error;
    return client.get(resource, { namespace, name });
  }
}
