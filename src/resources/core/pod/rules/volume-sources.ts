// What each source of a volume must be, one function a source. It refuses to look at more than one source (volumes.ts
// does).
import { formats } from "../../../../base/formats.ts";
import { compareQuantity } from "../../../../base/quantity.ts";
import {
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { validateAnnotations, validateLabels } from "../../../../schema/metadata.ts";
import { formatFaults } from "../../../faults.ts";
import type { Volume } from "../volume.ts";
import { claimSpecFaults } from "./claim-spec.ts";
import { legacySourceFaults } from "./legacy-volume-sources.ts";
import type { JudgeSource } from "./legacy-volume-sources.ts";
import { projectedFaults } from "./projections.ts";
import { withoutBacksteps } from "./spec-rule.ts";
import { downwardFaults, itemFaults, modeFaults } from "./volume-files.ts";
import { iscsiNameFaults } from "./iscsi.ts";

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

type Source = Exclude<keyof Volume, "name">;

/** Required names within a source are facts of its fields; here stands what is beyond. */
export const sourceFaults: { readonly [K in Source]?: JudgeSource } = {
  ...legacySourceFaults,
  *hostPath({ hostPath }, path) {
    const { path: folder, type } = hostPath!;
    if (!folder) return yield fieldRequired(path.child("path"));
    yield* withoutBacksteps(path.child("path"), folder);
    if (type && !HOST_PATH_TYPES.includes(type)) yield fieldNotSupported(path.child("type"), type, HOST_PATH_TYPES);
  },
  *emptyDir({ emptyDir }, path) {
    const { sizeLimit, mode } = emptyDir!;
    if (sizeLimit !== undefined && compareQuantity(sizeLimit, "0") < 0) {
      yield fieldForbidden(path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
    }
    yield* modeFaults(mode, path.child("mode"));
  },
  *secret({ secret }, path) {
    yield* modeFaults(secret!.defaultMode, path.child("defaultMode"));
    yield* itemFaults(secret!.items, path);
  },
  *configMap({ configMap }, path) {
    yield* modeFaults(configMap!.defaultMode, path.child("defaultMode"));
    yield* itemFaults(configMap!.items, path);
  },
  *downwardAPI({ downwardAPI }, path) {
    yield* modeFaults(downwardAPI!.defaultMode, path.child("defaultMode"));
    yield* downwardFaults(downwardAPI!.items, path);
  },
  *projected({ projected }, path) {
    yield* modeFaults(projected!.defaultMode, path.child("defaultMode"));
    yield* projectedFaults(projected!, path);
  },
  *nfs({ nfs }, path) {
    const folder = nfs!.path ?? "";
    if (folder === "") yield fieldRequired(path.child("path"));
    if (!folder.startsWith("/")) yield fieldInvalid(path.child("path"), folder, "must be an absolute path");
  },
  *iscsi({ iscsi, name }, path, { at }) {
    const { iqn = "", initiatorName, lun, chapAuthDiscovery, chapAuthSession, secretRef, targetPortal = "" } = iscsi!;
    const prefixed = "must be valid format starting with iqn, eui, or naa";
    if (!iqn) yield fieldRequired(path.child("iqn"));
    else yield* iscsiNameFaults(path.child("iqn"), iqn, prefixed);
    if (lun < 0 || lun > 255) yield fieldInvalid(path.child("lun"), lun, "must be between 0 and 255, inclusive");
    if ((chapAuthDiscovery || chapAuthSession) && !secretRef) yield fieldRequired(path.child("secretRef"));
    if (initiatorName === undefined) return;
    yield* iscsiNameFaults(path.child("initiatorname"), initiatorName, prefixed);
    if (`${name}:${targetPortal}`.length > 64) {
      const why =
        "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
      yield fieldInvalid(at.child("name"), name, why);
    }
  },
  *fc({ fc }, path) {
    const { targetWWNs = [], wwids = [], lun } = fc!;
    if (targetWWNs.length < 1 && wwids.length < 1) {
      yield fieldRequired(path.child("targetWWNs"), "must specify either targetWWNs or wwids, but not both");
    }
    if (targetWWNs.length > 0 && wwids.length > 0) {
      yield fieldInvalid(
        path.child("targetWWNs"),
        targetWWNs,
        "targetWWNs and wwids can not be specified simultaneously",
      );
    }
    if (targetWWNs.length > 0) {
      if (lun === undefined) yield fieldRequired(path.child("lun"), "lun is required if targetWWNs is specified");
      else if (lun < 0 || lun > 255) yield fieldInvalid(path.child("lun"), lun, "must be between 0 and 255, inclusive");
    }
  },
  *csi({ csi }, path) {
    const { driver, nodePublishSecretRef } = csi!;
    if (driver) yield* driverNameFaults(driver, path.child("driver"));
    if (!nodePublishSecretRef) return;
    if (!nodePublishSecretRef.name) yield fieldRequired(path.child("nodePublishSecretRef", "name"));
    // Upstream's path lacks the reference.
    else yield* formatFaults(path.child("name"), nodePublishSecretRef.name, "dns1123Subdomain");
  },
  *ephemeral({ ephemeral }, path) {
    const template = ephemeral!.volumeClaimTemplate;
    if (template) yield* claimTemplateFaults(template, path.child("volumeClaimTemplate"));
  },
  // Templates may leave it open.
  *image({ image }, path, { ofPod }) {
    if (ofPod && !image!.reference) yield fieldRequired(path.child("reference"));
  },
};

const UNSET = "cannot be set";

/** Of the metadata of a claim to be made, only labels and annotations are taken over. */
function* claimTemplateFaults(
  template: NonNullable<NonNullable<Volume["ephemeral"]>["volumeClaimTemplate"]>,
  path: FieldPath,
): Generator<FieldError> {
  const at = path.child("metadata");
  const metadata = template.metadata ?? {};
  const found: FieldError[] = [];
  validateAnnotations(metadata.annotations, at.child("annotations"), found);
  validateLabels(metadata.labels, at.child("labels"), found);
  yield* found;
  for (const [field, value] of Object.entries(metadata)) {
    if (field === "labels" || field === "annotations" || value === undefined || value === "") continue;
    yield fieldForbidden(at.child(field), UNSET);
  }
  yield* claimSpecFaults(template.spec, path.child("spec"));
}

/** Names of CSI drivers are subdomains in any case, and short. */
export function* driverNameFaults(driver: string, path: FieldPath): Generator<FieldError> {
  if (driver.length > 63) yield fieldTooLong(path, 63);
  for (const fault of formats.dns1123Subdomain(driver.toLowerCase())) yield fieldInvalid(path, driver, fault);
}
