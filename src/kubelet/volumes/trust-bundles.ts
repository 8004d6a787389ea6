// What ClusterTrustBundles say, for projected volumes (KEP-3257): the certificates that a pod may trust, none twice. It
// refuses to vouch for them.
import { X509Certificate } from "node:crypto";
import { readPem } from "../../base/pem.ts";
import { ClusterTrustBundle } from "../../resources/certificates/cluster-trust-bundle.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ClusterTrustBundleProjection } from "../../resources/core/pod/projections.ts";
import { labelQueryOf } from "../../schema/label-selector.ts";
import { LateCache } from "./late-cache.ts";
import type { LateCacheOptions } from "./late-cache.ts";

export interface TrustBundles {
  /** In PEM. Throws when there is none, unless the projection is optional: then it is empty. */
  anchors(pod: Pod, projection: ClusterTrustBundleProjection): Promise<string>;
  forget(podUid: string): void;
}

/** Follows all bundles while pods need any; `tell` is called with the uid of each such pod when one changes. */
export function trustBundles(options: LateCacheOptions, tell: (podUid: string) => void): TrustBundles {
  const users = new Set<string>();
  const bundles = new LateCache(ClusterTrustBundle, options, (_, isNews) => {
    if (isNews) for (const uid of users) tell(uid);
  });
  return {
    async anchors({ metadata: { uid = "" } }, { name, signerName, labelSelector, optional }) {
      users.add(uid);
      const cache = await bundles.read();
      if (name !== undefined) {
        const found = cache.get({ name });
        if (found) return anchorsOf([found]);
        if (optional) return "";
        throw new Error(
          `while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io ${JSON.stringify(name)} not found`,
        );
      }
      if (signerName === undefined)
        throw new Error("ClusterTrustBundle projection requires either name or signerName to be set");
      const query = labelQueryOf(labelSelector);
      const found = cache
        .list()
        .filter(({ metadata, spec }) => spec.signerName === signerName && query.matches(metadata.labels ?? {}));
      if (found.length > 0 || optional) return anchorsOf(found);
      throw new Error("combination of signerName and labelSelector matched zero ClusterTrustBundles");
    },
    forget: (uid) => void users.delete(uid),
  };
}

/** Each certificate once, without headers, in an order that says nothing and stays: nobody shall rely on one. */
export function anchorsOf(bundles: Iterable<ClusterTrustBundle>): string {
  const blocks = new Map<string, string>();
  for (const { spec } of bundles) {
    for (const { type, der } of readPem(spec.trustBundle)) {
      if (type !== "CERTIFICATE") continue;
      const certificate = new X509Certificate(der);
      blocks.set(certificate.fingerprint256, certificate.toString());
    }
  }
  return [...blocks.keys()]
    .sort()
    .map((fingerprint) => blocks.get(fingerprint)!)
    .join("");
}
