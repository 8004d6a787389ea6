// PersistentVolume: a piece of storage in the cluster. It refuses to bind itself to a claim.
import { canonicalQuantity } from "../../base/quantity.ts";
import { formatTime } from "../../base/timestamp.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { persistentVolumeSchema } from "./persistent-volume/object.ts";
import { volumeStays, volumeValid, volumeWarnings } from "./persistent-volume/rules.ts";
import type { ObjectMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import type { Column, RequestFacts } from "../../schema/resource.ts";
import type { PersistentVolume as PersistentVolumeObject } from "./persistent-volume/object.ts";

export interface PersistentVolume extends PersistentVolumeObject {}

const SHORT_MODES: readonly (readonly [mode: string, short: string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

/** `RWO,ROX`, in an order of their own. */
export const accessModesText = (modes: readonly string[] | undefined): string =>
  SHORT_MODES.flatMap(([mode, short]) => (modes?.includes(mode) ? [short] : [])).join(",");

/** Where the class was named before there was a field for it. */
export const STORAGE_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** What is shown while an object with finalizers goes. */
export const phaseText = ({
  metadata,
  status,
}: {
  readonly metadata: ObjectMeta;
  readonly status: { readonly phase?: string | undefined };
}): string => (metadata.deletionTimestamp === undefined ? (status.phase ?? "") : "Terminating");

const claimText = ({ spec: { claimRef } }: PersistentVolume) =>
  claimRef === undefined ? "" : `${claimRef.namespace ?? ""}/${claimRef.name ?? ""}`;

/** A phase has the time when it began. */
function prepare(volume: PersistentVolume, old: PersistentVolume | undefined, request: RequestFacts): PersistentVolume {
  const now = formatTime(request.now);
  if (!old) return { ...volume, status: { phase: "Pending", lastPhaseTransitionTime: now } };
  if (request.subresource === "") return { ...volume, status: old.status };
  const { status } = volume;
  const told = status.lastPhaseTransitionTime !== old.status.lastPhaseTransitionTime && status.lastPhaseTransitionTime;
  if (status.phase === old.status.phase || told) return volume;
  return { ...volume, status: { ...status, lastPhaseTransitionTime: now } };
}

const text = (
  name: string,
  doc: string,
  cell: (volume: PersistentVolume) => string,
  priority = 0,
): Column<PersistentVolume> => ({
  name,
  type: "string",
  priority,
  doc,
  cell,
});

export const PersistentVolume = resource<PersistentVolume>({
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  shortNames: ["pv"],
  scope: "Cluster",
  schema: persistentVolumeSchema,
  generationOf: [],
  deletion: { returns: "object", propagation: "Background" },
  columns: [
    nameColumn,
    text("Capacity", "How much it holds.", ({ spec }) => canonicalQuantity(spec.capacity?.["storage"] ?? "0")),
    text("Access Modes", "How it can be mounted.", ({ spec }) => accessModesText(spec.accessModes)),
    text(
      "Reclaim Policy",
      "What becomes of it without its claim.",
      ({ spec }) => spec.persistentVolumeReclaimPolicy ?? "",
    ),
    text("Status", "Whether it is bound.", phaseText),
    text("Claim", "The claim that it is bound to.", claimText),
    text(
      "StorageClass",
      "Its class.",
      ({ metadata, spec }) => metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? "",
    ),
    text(
      "VolumeAttributesClass",
      "Its class of attributes.",
      ({ spec }) => spec.volumeAttributesClassName ?? "<unset>",
    ),
    text("Reason", "Why it is as it is.", ({ status }) => status.reason ?? ""),
    ageColumn,
    text("VolumeMode", "Filesystem or Block.", ({ spec }) => spec.volumeMode ?? "<unset>", 1),
  ],
  prepare,
  rules: [volumeValid, volumeStays, volumeWarnings],
});
