// A whole server on the memory store with the standard plugins, for the tests beside them: virtual time, no sockets. It
// refuses to hold expectations.
import { silentLog } from "../../base/log.ts";
import type { Log } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { Namespace } from "../../resources/core/namespace.ts";
import { Pod } from "../../resources/core/pod.ts";
import { ServiceAccount } from "../../resources/core/service-account.ts";
import { StatusError } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import { memoryStore } from "../../store/memory.ts";
import { standardServer } from "../standard.ts";
import type { WebhookDialer } from "./webhooks/dialer.ts";
import type { User } from "../request.ts";

export const NAMESPACE = "demo";

/** With a namespace of these labels that has its ServiceAccount. */
export async function trialServer({
  user = { name: "admin", groups: ["system:masters"] },
  labels = {},
  webhooks,
}: {
  readonly user?: User;
  readonly labels?: Readonly<Record<string, string>>;
  readonly webhooks?: WebhookDialer;
} = {}) {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const log: Log = {
    ...silentLog,
    debug: (message, fields) => {
      if (message === "a request was warned") warnings.push(String(fields?.["message"]));
    },
  };
  const store = memoryStore({ clock });
  const server = await standardServer({
    store,
    clock,
    random: seededRandom(1),
    log,
    serviceCidrs: ["10.96.0.0/16"],
    ...(webhooks && { webhooks }),
  });
  const admin = server.localClient({ name: "admin", groups: ["system:masters"] });
  await admin.create(Namespace, { metadata: { name: NAMESPACE, labels }, spec: {} });
  await admin.create(ServiceAccount, { metadata: { name: "default", namespace: NAMESPACE } });
  const client = server.localClient(user);
  return { server, client, admin, clock, store, warnings };
}

type Trial = Awaited<ReturnType<typeof trialServer>>;

/** A pod with one container, which mounts no token. */
export const podOf = (name: string, container: object = {}, spec: object = {}, metadata: object = {}) =>
  ({
    metadata: { name, namespace: NAMESPACE, ...metadata },
    spec: { containers: [{ name: "c", image: "a", ...container }], automountServiceAccountToken: false, ...spec },
  }) as unknown as Pod;

export const makePod = ({ client }: Trial, pod: Pod, dryRun = false) => client.create(Pod, pod, { dryRun });

/** Makes an object of any kind from what a user would write. */
export function make<T extends KubeObject>(
  { client }: Trial,
  kind: Resource<T>,
  body: object,
  dryRun = false,
): Promise<T> {
  const { metadata, ...rest } = body as KubeObject;
  const place = kind.scope === "Namespaced" ? { namespace: NAMESPACE } : {};
  return client.create(kind, { ...rest, metadata: { ...place, ...metadata } } as unknown as T, { dryRun });
}

/** The message of the refusal; an assertion of the test when nothing is refused. */
export async function refusal(write: Promise<unknown>): Promise<string> {
  try {
    await write;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
  return "was not refused";
}
