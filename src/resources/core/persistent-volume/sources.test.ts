// Sources of volumes that are seldom met, and claims that are changed.
import { judges } from "../../cases.suite.ts";
import { PersistentVolumeClaim } from "../persistent-volume-claim.ts";
import { PersistentVolume } from "../persistent-volume.ts";

const volume = (spec: object) => ({
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
});
const claim = (spec: object) => ({
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } }, ...spec },
});

judges(PersistentVolume, { body: volume }, [
  [
    "a disk of GCE",
    { gcePersistentDisk: { pdName: "", partition: 256 } },
    "spec.persistentDisk.pdName: Required value",
    "spec.persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive",
  ],
  [
    "a registry without a port",
    { quobyte: { registry: "abc", volume: "v" } },
    'spec.quobyte.registry: Invalid value: "abc": must be a host:port pair or multiple pairs separated by commas',
  ],
  [
    "a local path upwards",
    { local: { path: "a/../b" } },
    "spec.local.path: Invalid value: \"a/../b\": must not contain '..'",
    "spec.nodeAffinity: Required value: Local volume requires node affinity",
  ],
  [
    "secrets of no namespace",
    { csi: { driver: "d", volumeHandle: "h", controllerPublishSecretRef: { name: "a" }, nodeStageSecretRef: {} } },
    "spec.csi.controllerPublishSecretRef.namespace: Required value",
  ],
  [
    "a share without a secret",
    { azureFile: { secretName: "", shareName: "", secretNamespace: "" } },
    "spec.azureFile.secretName: Required value",
    "spec.azureFile.shareName: Required value",
  ],
  [
    "recycling at the root",
    { hostPath: { path: "/" }, persistentVolumeReclaimPolicy: "Recycle" },
    "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    "warns: spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
  ],
  [
    "recycling of what cannot be",
    { csi: { driver: "d", volumeHandle: "h" }, persistentVolumeReclaimPolicy: "Recycle" },
    "warns: spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
  ],
  [
    "a second source is not judged, nor is it counted if it is of a flex driver",
    { hostPath: { path: "/a" }, nfs: {}, flexVolume: { driver: "d" } },
    "spec.nfs: Forbidden: may not specify more than 1 volume type",
  ],
  ["no source", {}, "spec: Required value: must specify a volume type"],
  [
    "what works no longer",
    { glusterfs: { endpoints: "e", path: "p" } },
    "warns: spec.glusterfs: deprecated in v1.25, non-functional in v1.26+",
  ],
  [
    "an address that is no portal",
    { iscsi: { targetPortal: "p", iqn: "iqn.bad", lun: 300 } },
    'spec.iscsi.iqn: Invalid value: "iqn.bad": must be valid format',
    "spec.iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive",
  ],
]);

judges(PersistentVolumeClaim, { body: claim }, [
  [
    "a source of another group, which is left out as ever",
    { dataSource: { apiGroup: "a/b", kind: "PersistentVolumeClaim", name: "a" } },
  ],
  [
    "two sources",
    {
      dataSource: { kind: "PersistentVolumeClaim", name: "a" },
      dataSourceRef: { kind: "PersistentVolumeClaim", name: "b" },
    },
    "spec: Invalid value: {}: must match dataSourceRef",
  ],
  [
    "a class that is no name",
    { storageClassName: "_" },
    "spec.storageClassName: Invalid value: \"_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ],
  [
    "parts of bytes",
    { resources: { requests: { storage: "1100m" } } },
    'warns: spec.resources.requests[storage]: fractional byte value "1100m" is invalid, must be an integer',
  ],
  [
    "a source without a name",
    { dataSourceRef: { apiGroup: "g.example.com", kind: "X" } },
    "spec.dataSource.name: Required value",
    "spec.dataSourceRef.name: Required value",
  ],
  [
    "nothing at all asked for",
    { resources: { requests: { storage: "0" } } },
    'spec.resources[storage]: Invalid value: "0": must be greater than zero',
  ],
]);

judges(PersistentVolumeClaim, { body: claim, old: { storageClassName: "a" } }, [
  [
    "another class",
    { storageClassName: "b" },
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ -10,7 +10,7 @@\n   }\n  },\n  "VolumeName": "",\n- "StorageClassName": "a",\n+ "StorageClassName": "b",\n  "VolumeMode": "Filesystem",\n  "DataSource": null,\n  "DataSourceRef": null,\n',
  ],
]);
