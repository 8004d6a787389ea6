// What a kubelet remembers of the images that it pulled: with which secrets each was had (KEP-2535). Pure: whether a pod
// may use an image that is there. It refuses to keep the records (pull-ledger.ts) and to read secrets.
//
// Spec: https://kubernetes.io/docs/concepts/containers/images/#ensureimagepullcredentialverification, the default policy
// NeverVerifyPreloadedImages: what was there without a pull of the kubelet's is everybody's.

/** A secret of a pod that has credentials for an image. */
export interface ImagePullSecret {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the credentials: the same in another secret are as good. */
  readonly credentialHash: string;
}

/** Who may use an image by one name of it. */
export interface ImagePullCredentials {
  readonly nodePodsAccessible?: boolean;
  readonly kubernetesSecrets?: readonly ImagePullSecret[];
}

/** One image that was pulled; names are repositories, without tag or digest. */
export interface ImagePulledRecord {
  readonly imageRef: string;
  /** RFC 3339. */
  readonly lastUpdatedTime: string;
  readonly credentialMapping: Readonly<Record<string, ImagePullCredentials>>;
}

/** So many secrets of an image are remembered beyond those that pulled it. */
const MOST_MATCHED_SECRETS = 100;

export type Access =
  | { readonly allowed: false }
  /** `also`: a secret that matched without being on record as it is now. */
  | { readonly allowed: true; readonly also?: ImagePullSecret };

/** Whether a pod with these secrets may use the image by the name of `repository` without another pull. */
export function accessOf(record: ImagePulledRecord, repository: string, secrets: readonly ImagePullSecret[]): Access {
  const known = record.credentialMapping[repository];
  if (known === undefined) return { allowed: false };
  if (known.nodePodsAccessible) return { allowed: true };
  const { kubernetesSecrets = [] } = known;
  for (const secret of secrets) {
    for (const before of kubernetesSecrets) {
      const sameHash = before.credentialHash !== "" && before.credentialHash === secret.credentialHash;
      if (!sameHash && !isSame(before, secret)) continue;
      const isKnown = sameHash && isSame(before, secret);
      if (isKnown || kubernetesSecrets.length >= MOST_MATCHED_SECRETS) {
        // One whose credentials were changed proves nothing when its new ones cannot be noted.
        if (sameHash) return { allowed: true };
        continue;
      }
      return { allowed: true, also: secret };
    }
  }
  return { allowed: false };
}

const isSame = (a: ImagePullSecret, b: ImagePullSecret): boolean =>
  a.uid === b.uid && a.namespace === b.namespace && a.name === b.name;

/** With the credentials of another pull; the same record when that is no news. Absent credentials add nothing. */
export function withCredentials(
  before: ImagePulledRecord | undefined,
  {
    imageRef,
    repository,
    credentials,
    time,
  }: {
    readonly imageRef: string;
    readonly repository: string;
    readonly credentials: ImagePullCredentials | undefined;
    readonly time: string;
  },
): ImagePulledRecord {
  const mapping = before?.credentialMapping ?? {};
  const known = mapping[repository];
  const merged = credentials === undefined ? known : mergedCredentials(known, credentials);
  if (before !== undefined && merged === known) return before;
  return {
    imageRef,
    lastUpdatedTime: time,
    credentialMapping: merged === undefined ? mapping : { ...mapping, [repository]: merged },
  };
}

function mergedCredentials(known: ImagePullCredentials | undefined, added: ImagePullCredentials): ImagePullCredentials {
  if (known === undefined) return added;
  if (known.nodePodsAccessible) return known;
  if (added.nodePodsAccessible) return added;
  const old = known.kubernetesSecrets ?? [];
  const fresh = (added.kubernetesSecrets ?? []).filter(
    (one) => !old.some((other) => isSame(one, other) && one.credentialHash === other.credentialHash),
  );
  if (fresh.length === 0) return known;
  const kept = old.filter((one) => !fresh.some((other) => isSame(one, other)));
  return { kubernetesSecrets: [...kept, ...fresh] };
}
