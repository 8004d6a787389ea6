// What is said of volumes that no longer work, and of files of one volume that hide each other. It refuses nothing.
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { ProjectedVolumeSource, VolumeProjection } from "../projections.ts";
import type { Volume } from "../volume.ts";
import { claimWarnings } from "./claim-spec.ts";

const GONE: readonly (readonly [source: keyof Volume, said: string, name?: string])[] = [
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+", "storageOS"],
  ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["ephemeral", ""],
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

/** A file of a volume, and for projected ones what makes it. */
interface File {
  readonly path: string;
  readonly source?: string;
}

const shownFile = ({ path, source }: File) => JSON.stringify(path) + (source === undefined ? "" : ` (${source})`);
const within = (path: string, folder: string) => `${path}/`.startsWith(folder);

/** Each file that is, or stands in the way of, one before it. */
function* overlaps(files: readonly File[], what: string): Generator<string> {
  const seen: File[] = [];
  for (const file of files) {
    const one = { ...file, path: file.path.replace(/\/+$/, "") };
    const others = seen.filter(
      ({ path }) => path !== "" && one.path !== "" && (within(path, one.path + "/") || within(one.path, path + "/")),
    );
    for (const other of others) yield `${what}: overlapping paths: ${shownFile(one)} with ${shownFile(other)}`;
    seen.push(one);
  }
}

function filesOf(source: VolumeProjection): readonly File[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  const named = (items: readonly { readonly path?: string }[] | undefined, name: string) =>
    (items ?? []).map(({ path = "" }) => ({ path, source: name }));
  if (configMap?.items) return named(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? "")}`);
  if (secret?.items) return named(secret.items, `Secret ${JSON.stringify(secret.name ?? "")}`);
  if (downwardAPI?.items) return named(downwardAPI.items, "DownwardAPI");
  if (serviceAccountToken) return named([serviceAccountToken], "ServiceAccountToken");
  if (clusterTrustBundle) {
    const name = clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? "";
    return named([clusterTrustBundle], `ClusterTrustBundle ${JSON.stringify(name)}`);
  }
  if (!podCertificate) return [];
  const { credentialBundlePath, keyPath, certificateChainPath } = podCertificate;
  const paths = [credentialBundlePath, keyPath, certificateChainPath].filter((path) => path !== undefined);
  return named(
    paths.filter((path) => path !== "").map((path) => ({ path })),
    "PodCertificate chain",
  );
}

/** Files of later sources against those of earlier ones, too. */
function* projectedWarnings({ sources = [] }: ProjectedVolumeSource, name: string): Generator<string> {
  const files: File[] = [];
  for (const source of sources) {
    if (Object.keys(source).length === 0) yield `volume ${JSON.stringify(name)} (Projected) has no sources provided`;
    files.push(...filesOf(source));
  }
  yield* overlaps(files, `volume ${JSON.stringify(name)} (Projected)`);
}

export function* volumeWarnings(volumes: readonly Volume[], path: FieldPath): Generator<string> {
  for (const [i, volume] of volumes.entries()) {
    const at = path.index(i);
    for (const [source, said, name = source] of GONE) {
      if (volume[source] === undefined) continue;
      const template = volume.ephemeral?.volumeClaimTemplate;
      if (source !== "ephemeral") yield `${at.child(name)}: ${said}`;
      else if (template) yield* claimWarnings(template.spec, at.child("ephemeral", "volumeClaimTemplate", "spec"));
    }
  }
  for (const { name, configMap, secret, downwardAPI, projected } of volumes) {
    const volume = `volume ${JSON.stringify(name)}`;
    if (configMap?.items) {
      yield* overlaps(configMap.items, `${volume} (ConfigMap ${JSON.stringify(configMap.name ?? "")})`);
    }
    if (secret?.items) yield* overlaps(secret.items, `${volume} (Secret ${JSON.stringify(secret.secretName ?? "")})`);
    if (downwardAPI?.items) yield* overlaps(downwardAPI.items, `${volume} (DownwardAPI)`);
    if (projected) yield* projectedWarnings(projected, name);
  }
}
