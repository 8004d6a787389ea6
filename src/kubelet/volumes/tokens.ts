// Tokens for projected volumes: asked of the API, kept while they are fresh, renewed in time. It refuses to store them.
import type { Clock } from "../../base/clock.ts";
import type { Client } from "../../client/client.ts";
import type { TokenRequest } from "../../resources/authentication/token-request.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ServiceAccountTokenProjection } from "../../resources/core/pod/projections.ts";
import { ServiceAccount } from "../../resources/core/service-account.ts";

const DAY_MS = 86_400_000;

interface Held {
  readonly token: string;
  /** When it should be replaced: at 80 % of its life, or after a day. */
  readonly renewAt: number;
}

export interface PodTokens {
  token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string>;
  forget(podUid: string): void;
}

export function podTokens(client: Client, clock: Clock): PodTokens {
  const held = new Map<string, Map<string, Held>>();
  return {
    async token(pod, { audience = "", expirationSeconds = 3600, path }) {
      const { uid = "", name = "", namespace = "" } = pod.metadata;
      let ofPod = held.get(uid);
      if (!ofPod) held.set(uid, (ofPod = new Map()));
      const key = `${audience}\0${expirationSeconds}\0${path}`;
      const known = ofPod.get(key);
      if (known && known.renewAt > clock.now()) return known.token;
      const account = pod.spec.serviceAccountName || "default";
      const asked = await client.command(ServiceAccount, { namespace, name: account }, "token", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        metadata: {},
        spec: {
          ...(audience && { audiences: [audience] }),
          expirationSeconds,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
        },
      } as unknown as TokenRequest);
      const { token = "", expirationTimestamp = "" } = (asked as TokenRequest).status;
      const now = clock.now();
      const life = Date.parse(expirationTimestamp) - now;
      ofPod.set(key, { token, renewAt: now + Math.min(life * 0.8, DAY_MS) });
      return token;
    },
    forget: (uid) => void held.delete(uid),
  };
}
