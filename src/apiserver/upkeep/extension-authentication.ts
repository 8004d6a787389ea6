// The ConfigMap by which other API servers know whom to believe: our clients' authority, and the front proxy's with the
// headers in which it says who asks. It refuses to hold keys.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { pause } from "../../base/pause.ts";
import { isAbortOf } from "../../base/scope.ts";
import type { Client } from "../../client/client.ts";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { equalJson } from "../../schema/equality.ts";
import { hasReason } from "../../schema/meta/status.ts";
import { REQUEST_HEADERS } from "../aggregation/place.ts";
import { ensure } from "./ensure.ts";

/** Who signs whom, in PEM. */
export interface Trust {
  readonly clientCa: string;
  readonly frontProxyCa: string;
  /** The common names that the front proxy's certificate may have. */
  readonly frontProxyNames: readonly string[];
}

export interface ExtensionAuthenticationOptions {
  readonly client: Client;
  readonly trust: Trust;
  readonly clock: Clock;
  readonly log: Log;
}

const PLACE = { namespace: "kube-system", name: "extension-apiserver-authentication" } as const;
const RETRY_MS = 1000;

const dataOf = ({ clientCa, frontProxyCa, frontProxyNames }: Trust): Readonly<Record<string, string>> => ({
  "client-ca-file": clientCa,
  "requestheader-allowed-names": JSON.stringify(frontProxyNames),
  "requestheader-client-ca-file": frontProxyCa,
  "requestheader-extra-headers-prefix": JSON.stringify([REQUEST_HEADERS.extraPrefix]),
  "requestheader-group-headers": JSON.stringify([REQUEST_HEADERS.group]),
  "requestheader-username-headers": JSON.stringify([REQUEST_HEADERS.user]),
});

/** Makes it, and puts it right whenever somebody changes it, until `signal` aborts. */
export async function keepExtensionAuthentication(
  { client, trust, clock, log }: ExtensionAuthenticationOptions,
  signal: AbortSignal,
): Promise<void> {
  const data = dataOf(trust);
  while (!signal.aborted) {
    try {
      await put(client, data);
      const watched = { namespace: PLACE.namespace, fieldSelector: `metadata.name=${PLACE.name}`, signal };
      for await (const event of client.watch(ConfigMap, watched))
        if (event.type !== "BOOKMARK") await put(client, data);
    } catch (error) {
      if (isAbortOf(signal, error)) return;
      if (!hasReason(error, "Conflict", "NotFound"))
        log.info("the trust of extension servers is looked at again", { error: String(error) });
    }
    if (!signal.aborted) await pause(clock, RETRY_MS, signal);
  }
}

async function put(client: Client, data: Readonly<Record<string, string>>): Promise<void> {
  const found = await ensure(client, ConfigMap, { metadata: PLACE, data });
  const merged = { ...found.data, ...data };
  if (!equalJson(found.data, merged)) await client.update(ConfigMap, { ...found, data: merged });
}
