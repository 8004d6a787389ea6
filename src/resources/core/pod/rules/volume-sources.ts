// What each source of a volume must be, one function a source. It refuses to look at more than one source (volumes.ts
// does).
import { compareQuantity } from "../../../../base/quantity.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { formatFaults } from "../../../faults.ts";
import type { Volume } from "../volume.ts";
import { claimSpecFaults } from "./claim-spec.ts";
import { projectedFaults } from "./projections.ts";
import { descending } from "./spec-rule.ts";
import { downwardFaults, itemFaults, modeFaults } from "./volume-files.ts";

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
type Judge = (volume: Volume, path: FieldPath) => Iterable<FieldError>;

/** Required names within a source are facts of its fields; here stands what is beyond. */
export const sourceFaults: { readonly [K in Source]?: Judge } = {
  *hostPath({ hostPath }, path) {
    const { path: folder, type } = hostPath!;
    if (!folder) return yield fieldRequired(path.child("path"));
    if (folder.split("/").includes("..")) yield fieldInvalid(path.child("path"), folder, "must not contain '..'");
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
    if (!nfs!.path) yield fieldRequired(path.child("path"));
    else if (!nfs!.path.startsWith("/")) yield fieldInvalid(path.child("path"), nfs!.path, "must be an absolute path");
  },
  *iscsi({ iscsi }, path) {
    const { iqn, initiatorName, lun, chapAuthDiscovery, chapAuthSession, secretRef } = iscsi!;
    if (!iqn) yield fieldRequired(path.child("iqn"));
    else if (!/^(iqn|eui|naa)\./.test(iqn))
      yield fieldInvalid(path.child("iqn"), iqn, "must be valid format starting with iqn, eui, or naa");
    if (lun < 0 || lun > 255) yield fieldInvalid(path.child("lun"), lun, "must be between 0 and 255, inclusive");
    if ((chapAuthDiscovery || chapAuthSession) && !secretRef) yield fieldRequired(path.child("secretRef"));
    if (initiatorName !== undefined && !/^(iqn|eui|naa)\./.test(initiatorName)) {
      yield fieldInvalid(
        path.child("initiatorname"),
        initiatorName,
        "must be valid format starting with iqn, eui, or naa",
      );
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
    if (driver) {
      if (driver.length > 63) yield fieldInvalid(path.child("driver"), driver, "must be no more than 63 characters");
      yield* formatFaults(path.child("driver"), driver.toLowerCase(), "dns1123Subdomain");
    }
    if (nodePublishSecretRef && !nodePublishSecretRef.name)
      yield fieldRequired(path.child("nodePublishSecretRef", "name"));
  },
  *ephemeral({ ephemeral }, path) {
    const template = ephemeral!.volumeClaimTemplate;
    if (template) yield* claimSpecFaults(template.spec, path.child("volumeClaimTemplate", "spec"));
  },
  *gitRepo({ gitRepo }, path) {
    if (gitRepo!.directory) yield* descending(path.child("directory"), gitRepo!.directory);
  },
  *azureDisk({ azureDisk }, path) {
    const modes = ["None", "ReadOnly", "ReadWrite"];
    const kinds = ["Dedicated", "Managed", "Shared"];
    const { cachingMode, kind, diskURI } = azureDisk!;
    if (cachingMode && !modes.includes(cachingMode))
      yield fieldNotSupported(path.child("cachingMode"), cachingMode, modes);
    if (kind && !kinds.includes(kind)) yield fieldNotSupported(path.child("kind"), kind, kinds);
    if (kind === "Managed" && diskURI && !diskURI.startsWith("/subscriptions/")) {
      yield fieldNotSupported(path.child("diskURI"), diskURI, [
        "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
      ]);
    }
  },
};
