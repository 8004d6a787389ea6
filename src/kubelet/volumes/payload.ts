// The files of configMap, secret, downwardAPI and projected volumes. It refuses to write them (atomic-writer.ts), and to go on without
// what a volume refers to, unless it is optional.
import type { Pod } from "../../resources/core/pod.ts";
import type { DownwardAPIVolumeFile } from "../../resources/core/pod/volume-sources.ts";
import type {
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "../../resources/core/pod/projections.ts";
import type { Volume } from "../../resources/core/pod/volume.ts";
import type { PodPlace } from "../container/downward.ts";
import { amountText, fieldText } from "../container/downward.ts";
import type { NodeAmounts } from "../container/resources.ts";
import { NotYet } from "../parts.ts";
import type { Payload, PayloadFile } from "./atomic-writer.ts";
import type { PodCertificates } from "./certificates.ts";
import type { ReferredObjects } from "./objects.ts";
import type { TrustBundles } from "./trust-bundles.ts";

export interface PayloadFacts {
  readonly objects: ReferredObjects;
  readonly place: PodPlace;
  readonly node: NodeAmounts;
  readonly token: (pod: Pod, projection: ServiceAccountTokenProjection) => Promise<string>;
  readonly anchors: TrustBundles["anchors"];
  readonly credentials: PodCertificates["credentials"];
}

interface Items {
  readonly items?:
    | readonly { readonly key: string; readonly path: string; readonly mode?: number | undefined }[]
    | undefined;
  readonly optional?: boolean | undefined;
}

const failed = (volume: Volume, why: string) =>
  new NotYet("FailedMount", `MountVolume.SetUp failed for volume "${volume.name}" : ${why}`);

/** The files of a volume, or undefined when it is of another kind. */
export async function payloadOf(pod: Pod, volume: Volume, facts: PayloadFacts): Promise<Payload | undefined> {
  const files = new Map<string, PayloadFile>();
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) await addConfigMap(files, pod, volume, configMap, configMap.defaultMode ?? 0o644, facts);
  else if (secret)
    await addSecret(
      files,
      pod,
      volume,
      { ...secret, name: secret.secretName ?? "" },
      secret.defaultMode ?? 0o644,
      facts,
    );
  else if (downwardAPI) addDownward(files, pod, downwardAPI.items ?? [], downwardAPI.defaultMode ?? 0o644, facts);
  else if (projected) {
    for (const [index, source] of (projected.sources ?? []).entries())
      await addProjection(files, pod, volume, { projected, source, index }, facts);
  } else return undefined;
  return files;
}

async function addProjection(
  files: Map<string, PayloadFile>,
  pod: Pod,
  volume: Volume,
  {
    projected,
    source,
    index,
  }: { readonly projected: ProjectedVolumeSource; readonly source: VolumeProjection; readonly index: number },
  facts: PayloadFacts,
): Promise<void> {
  const mode = projected.defaultMode ?? 0o644;
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  if (configMap) await addConfigMap(files, pod, volume, configMap, mode, facts);
  if (secret) await addSecret(files, pod, volume, { ...secret, name: secret.name ?? "" }, mode, facts);
  if (downwardAPI) addDownward(files, pod, downwardAPI.items ?? [], mode, facts);
  const add = (path: string | undefined, text: string) => {
    if (path) files.set(path, { bytes: Buffer.from(text), ...readableBy(pod, mode) });
  };
  if (serviceAccountToken) add(serviceAccountToken.path, await facts.token(pod, serviceAccountToken));
  if (clusterTrustBundle) add(clusterTrustBundle.path, await facts.anchors(pod, clusterTrustBundle));
  if (podCertificate) {
    const { key, chain } = await facts.credentials(pod, { volume: volume.name, index }, podCertificate);
    add(podCertificate.credentialBundlePath, key + chain);
    add(podCertificate.keyPath, key);
    add(podCertificate.certificateChainPath, chain);
  }
}

async function addConfigMap(
  files: Map<string, PayloadFile>,
  pod: Pod,
  volume: Volume,
  source: Items & { readonly name?: string | undefined },
  mode: number,
  facts: PayloadFacts,
): Promise<void> {
  const { name = "" } = source;
  const found = await facts.objects.configMap(pod.metadata.namespace ?? "", name);
  if (!found && !source.optional) throw failed(volume, `configmap "${name}" not found`);
  const data = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(found?.data ?? {})) data.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(found?.binaryData ?? {})) data.set(key, Buffer.from(value, "base64"));
  addItems(files, volume, data, source, mode, "configmap");
}

async function addSecret(
  files: Map<string, PayloadFile>,
  pod: Pod,
  volume: Volume,
  source: Items & { readonly name: string },
  mode: number,
  facts: PayloadFacts,
): Promise<void> {
  const found = await facts.objects.secret(pod.metadata.namespace ?? "", source.name);
  if (!found && !source.optional) throw failed(volume, `secret "${source.name}" not found`);
  const data = new Map(Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]));
  addItems(files, volume, data, source, mode, "secret");
}

/** The chosen keys under their paths, or all keys under their own names. */
function addItems(
  files: Map<string, PayloadFile>,
  volume: Volume,
  data: ReadonlyMap<string, Uint8Array>,
  { items, optional }: Items,
  mode: number,
  kind: "configmap" | "secret",
): void {
  if (!items?.length) {
    for (const [key, bytes] of data) files.set(key, { bytes, mode });
    return;
  }
  for (const item of items) {
    const bytes = data.get(item.key);
    if (bytes) files.set(item.path, { bytes, mode: item.mode ?? mode });
    else if (!optional)
      throw failed(
        volume,
        kind === "configmap"
          ? `configmap references non-existent config key: ${item.key}`
          : `references non-existent secret key: ${item.key}`,
      );
  }
}

function addDownward(
  files: Map<string, PayloadFile>,
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[],
  mode: number,
  { place, node }: PayloadFacts,
): void {
  for (const item of items) {
    const text = item.fieldRef
      ? fieldText(pod, item.fieldRef.fieldPath, place)
      : item.resourceFieldRef
        ? amountText(pod, item.resourceFieldRef, undefined, node)
        : "";
    files.set(item.path, { bytes: Buffer.from(text), mode: item.mode ?? mode });
  }
}

/** What identifies a pod is for its user alone: 0600 for a pod that runs as one user, else as the volume says. */
function readableBy({ spec }: Pod, mode: number): Pick<PayloadFile, "mode" | "uid"> {
  if (spec.securityContext?.fsGroup !== undefined) return { mode: 0o600 };
  const users = new Set(
    [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map(
      (c) => c.securityContext?.runAsUser ?? spec.securityContext?.runAsUser,
    ),
  );
  const [only] = users;
  return users.size === 1 && only !== undefined ? { mode: 0o600, uid: only } : { mode };
}
