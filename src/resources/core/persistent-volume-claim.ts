// PersistentVolumeClaim: a user's claim to storage. Its shape is persistent-volume-claim-object.ts. It refuses to bind.
import { canonicalQuantity } from "../../base/quantity.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { persistentVolumeClaimSchema } from "./persistent-volume-claim-object.ts";
import { claimRules } from "./persistent-volume-claim-rules.ts";
import { STORAGE_CLASS_ANNOTATION, accessModesText, phaseText } from "./persistent-volume.ts";
import type { PersistentVolumeClaimSpec } from "./pod/claim-spec.ts";
import { resource } from "../../schema/resource.ts";
import type { Column, RequestFacts } from "../../schema/resource.ts";
import type { PersistentVolumeClaim as ClaimObject } from "./persistent-volume-claim-object.ts";

export interface PersistentVolumeClaim extends ClaimObject {}

/** Who gives one of the two data sources means both. */
function withDataSources(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource, dataSourceRef } = spec;
  if (dataSourceRef?.namespace !== undefined) return spec;
  if (dataSource && !dataSourceRef) return { ...spec, dataSourceRef: dataSource };
  if (!dataSource && dataSourceRef) return { ...spec, dataSource: dataSourceRef };
  return spec;
}

const isClaimOrSnapshot = ({ apiGroup = "", kind }: NonNullable<PersistentVolumeClaimSpec["dataSource"]>): boolean =>
  (kind === "PersistentVolumeClaim" && apiGroup === "") ||
  (kind === "VolumeSnapshot" && apiGroup === "snapshot.storage.k8s.io");

/** Other sources than these were once ignored: they still are, for those who do not know the newer field. */
function withoutOldSource(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaimSpec | undefined) {
  const { dataSource, ...others } = spec;
  if (old?.dataSource || old?.dataSourceRef || spec.dataSourceRef || !dataSource) return spec;
  return isClaimOrSnapshot(dataSource) ? spec : others;
}

function prepare(claim: PersistentVolumeClaim, old: PersistentVolumeClaim | undefined, request: RequestFacts) {
  if (request.subresource !== "") return claim;
  const spec = withDataSources(withoutOldSource(claim.spec, old?.spec));
  return { ...claim, spec, status: old ? old.status : ({ phase: "Pending" } as const) };
}

/** Shown once there is a volume. */
const ifBound = ({ spec }: PersistentVolumeClaim, text: string) => (spec.volumeName ? text : "");

const text = (
  name: string,
  doc: string,
  cell: (claim: PersistentVolumeClaim) => string,
  priority = 0,
): Column<PersistentVolumeClaim> => ({ name, type: "string", priority, doc, cell });

export const PersistentVolumeClaim = resource<PersistentVolumeClaim>({
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  shortNames: ["pvc"],
  scope: "Namespaced",
  schema: persistentVolumeClaimSchema,
  generationOf: [],
  deletion: { returns: "object", propagation: "Background" },
  columns: [
    nameColumn,
    text("Status", "Whether it is bound.", phaseText),
    text("Volume", "The volume that it is bound to.", ({ spec }) => spec.volumeName ?? ""),
    text("Capacity", "How much the volume holds.", (claim) =>
      ifBound(claim, canonicalQuantity(claim.status.capacity?.["storage"] ?? "0")),
    ),
    text("Access Modes", "How the volume can be mounted.", (claim) =>
      ifBound(claim, accessModesText(claim.status.accessModes)),
    ),
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
    ageColumn,
    text("VolumeMode", "Filesystem or Block.", ({ spec }) => spec.volumeMode ?? "<unset>", 1),
  ],
  prepare,
  rules: claimRules,
});
