// What the sources that Kubernetes keeps for old objects must be. It refuses to look at more than one source.
import { fieldInvalid, fieldNotSupported, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { formatFaults } from "../../../faults.ts";
import type { Volume } from "../volume.ts";
import { descending } from "./spec-rule.ts";

/** What both kinds of volumes, those of pods and persistent ones, share of these sources. */
type Of<K extends keyof Volume> = NonNullable<Volume[K]>;
type Judged<T> = (source: T, path: FieldPath) => Iterable<FieldError>;

const PARTITION = "must be between 1 and 255, inclusive";
const badPartition = (partition: number | undefined) => partition !== undefined && (partition < 0 || partition > 255);

export const gceFaults: Judged<Of<"gcePersistentDisk">> = function* ({ pdName, partition }, path) {
  if (!pdName) yield fieldRequired(path.child("pdName"));
  if (badPartition(partition)) yield fieldInvalid(path.child("partition"), partition, PARTITION);
};

export const awsFaults: Judged<Of<"awsElasticBlockStore">> = function* ({ partition }, path) {
  if (badPartition(partition)) yield fieldInvalid(path.child("partition"), partition, PARTITION);
};

export const flexFaults: Judged<{ readonly options?: Readonly<Record<string, string>> | undefined }> = function* (
  { options = {} },
  path,
) {
  for (const key of Object.keys(options).sort()) {
    const domain = `.${key.split("/")[0]!.toLowerCase()}`;
    if (!domain.endsWith(".kubernetes.io") && !domain.endsWith(".k8s.io")) continue;
    yield fieldInvalid(path.child("options").key(key), key, "kubernetes.io and k8s.io namespaces are reserved");
  }
};

export const flockerFaults: Judged<Of<"flocker">> = function* ({ datasetName = "", datasetUUID = "" }, path) {
  if (!datasetName && !datasetUUID) yield fieldRequired(path, "one of datasetName and datasetUUID is required");
  if (datasetName && datasetUUID) {
    yield fieldInvalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously");
  }
  if (datasetName.includes("/")) yield fieldInvalid(path.child("datasetName"), datasetName, "must not contain '/'");
};

const REGISTRY = "must be a host:port pair or multiple pairs separated by commas";
const isPair = (text: string) => /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(text);

export const quobyteFaults: Judged<Of<"quobyte">> = function* ({ registry, tenant = "", volume }, path) {
  if (!registry) yield fieldRequired(path.child("registry"), REGISTRY);
  else if (tenant.length >= 65) {
    yield fieldRequired(path.child("tenant"), "must be a UUID and may not exceed a length of 64 characters");
  } else {
    for (const pair of registry.split(",")) {
      if (!isPair(pair)) yield fieldInvalid(path.child("registry"), registry, REGISTRY);
    }
  }
  if (!volume) yield fieldRequired(path.child("volume"));
};

const CACHING_MODES = ["None", "ReadOnly", "ReadWrite"];
const DISK_KINDS = ["Dedicated", "Managed", "Shared"];
const MANAGED_URI = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_URI = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

export const azureDiskFaults: Judged<Of<"azureDisk">> = function* ({ cachingMode, kind, diskURI = "" }, path) {
  if (cachingMode !== undefined && !CACHING_MODES.includes(cachingMode)) {
    yield fieldNotSupported(path.child("cachingMode"), cachingMode, CACHING_MODES);
  }
  if (kind === undefined) return;
  if (!DISK_KINDS.includes(kind)) yield fieldNotSupported(path.child("kind"), kind, DISK_KINDS);
  const at = path.child("diskURI");
  if (kind === "Managed") {
    if (!diskURI.startsWith("/subscriptions/")) yield fieldNotSupported(at, diskURI, [MANAGED_URI]);
  } else if (!diskURI.startsWith("https://")) yield fieldNotSupported(at, diskURI, [BLOB_URI]);
};

export const storageOSFaults: Judged<
  Pick<Of<"storageos">, "volumeName" | "volumeNamespace"> & {
    readonly secretRef?: { readonly name?: string | undefined } | undefined;
  }
> = function* ({ volumeName, volumeNamespace, secretRef }, path) {
  if (!volumeName) yield fieldRequired(path.child("volumeName"));
  else yield* formatFaults(path.child("volumeName"), volumeName, "dns1123Label");
  if (volumeNamespace) yield* formatFaults(path.child("volumeNamespace"), volumeNamespace, "dns1123Label");
  if (secretRef && !secretRef.name) yield fieldRequired(path.child("secretRef", "name"));
};

interface SourcePlace {
  /** Where the volume itself stands. */
  readonly at: FieldPath;
  /** Whether the volume is a pod's, not a template's. */
  readonly ofPod: boolean;
}

export type JudgeSource = (volume: Volume, path: FieldPath, place: SourcePlace) => Iterable<FieldError>;

/** Required names within a source are facts of its fields; here stands what is beyond. */
export const legacySourceFaults: { readonly [K in keyof Volume]?: JudgeSource } = {
  // Upstream names the field as it was once called.
  gcePersistentDisk: ({ gcePersistentDisk }, _, { at }) => gceFaults(gcePersistentDisk!, at.child("persistentDisk")),
  awsElasticBlockStore: ({ awsElasticBlockStore }, path) => awsFaults(awsElasticBlockStore!, path),
  flexVolume: ({ flexVolume }, path) => flexFaults(flexVolume!, path),
  flocker: ({ flocker }, path) => flockerFaults(flocker!, path),
  quobyte: ({ quobyte }, path) => quobyteFaults(quobyte!, path),
  azureDisk: ({ azureDisk }, path) => azureDiskFaults(azureDisk!, path),
  storageos: ({ storageos }, path) => storageOSFaults(storageos!, path),
  *cinder({ cinder }, path) {
    if (cinder!.secretRef && !cinder!.secretRef.name) yield fieldRequired(path.child("secretRef", "name"));
  },
  *gitRepo({ gitRepo }, path) {
    if (gitRepo!.directory) yield* descending(path.child("directory"), gitRepo!.directory);
  },
};
