// Volumes of pods: what their sources must be, and what is said of those that are old.
import { Pod } from "../../pod.ts";
import { judges } from "../../../cases.suite.ts";

judges(
  Pod,
  { body: (sent) => ({ spec: { containers: [{ name: "c", image: "i" }], volumes: [{ name: "v", ...sent }] } }) },
  [
    [
      "a disk of GCE",
      { gcePersistentDisk: { pdName: "", partition: 256 } },
      "spec.volumes[0].persistentDisk.pdName: Required value",
      "spec.volumes[0].persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive",
    ],
    [
      "a disk of AWS",
      { awsElasticBlockStore: { volumeID: "", partition: -1 } },
      "spec.volumes[0].awsElasticBlockStore.volumeID: Required value",
      "spec.volumes[0].awsElasticBlockStore.partition: Invalid value: -1: must be between 1 and 255, inclusive",
    ],
    [
      "two projected sources in one",
      { projected: { sources: [{ secret: { name: "s" }, configMap: { name: "c" } }] } },
      "spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source",
    ],
    ["no projected source", { projected: { sources: [{}] } }, 'warns: volume "v" (Projected) has no sources provided'],
    [
      "two files of one path",
      {
        projected: {
          sources: [
            { secret: { name: "s", items: [{ key: "a", path: "x" }] } },
            { configMap: { name: "s", items: [{ key: "a", path: "x" }] } },
          ],
        },
      },
      'spec.volumes[0].projected: Invalid value: "s": conflicting duplicate paths',
      'warns: volume "v" (Projected): overlapping paths: "x" (ConfigMap "s") with "x" (Secret "s")',
    ],
    [
      "a token without a file",
      { projected: { sources: [{ serviceAccountToken: { path: "", expirationSeconds: 5 } }] } },
      "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes",
      "spec.volumes[0].projected.path: Required value",
    ],
    [
      "an address that is no portal",
      { iscsi: { targetPortal: "", iqn: "iqn.bad", lun: 300, chapAuthDiscovery: true } },
      "spec.volumes[0].iscsi.targetPortal: Required value",
      'spec.volumes[0].iscsi.iqn: Invalid value: "iqn.bad": must be valid format',
      "spec.volumes[0].iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive",
      "spec.volumes[0].iscsi.secretRef: Required value",
    ],
    [
      "options of Kubernetes",
      { flexVolume: { driver: "d", options: { "kubernetes.io/x": "1" } } },
      'spec.volumes[0].flexVolume.options[kubernetes.io/x]: Invalid value: "kubernetes.io/x": kubernetes.io and k8s.io namespaces are reserved',
    ],
    [
      "a flocker without a set",
      { flocker: {} },
      "spec.volumes[0].flocker: Required value: one of datasetName and datasetUUID is required",
      "warns: spec.volumes[0].flocker: deprecated in v1.22, non-functional in v1.25+",
    ],
    [
      "a flocker with two",
      { flocker: { datasetName: "a/b", datasetUUID: "x" } },
      'spec.volumes[0].flocker: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously',
      "spec.volumes[0].flocker.datasetName: Invalid value: \"a/b\": must not contain '/'",
      "warns: spec.volumes[0].flocker: deprecated in v1.22, non-functional in v1.25+",
    ],
    [
      "a registry without a port",
      { quobyte: { registry: "abc", volume: "v" } },
      'spec.volumes[0].quobyte.registry: Invalid value: "abc": must be a host:port pair or multiple pairs separated by commas',
      "warns: spec.volumes[0].quobyte: deprecated in v1.22, non-functional in v1.25+",
    ],
    [
      "a registry left out",
      { quobyte: { registry: "", volume: "" } },
      "spec.volumes[0].quobyte.registry: Required value: must be a host:port pair or multiple pairs separated by commas",
      "spec.volumes[0].quobyte.volume: Required value",
      "warns: spec.volumes[0].quobyte: deprecated in v1.22, non-functional in v1.25+",
    ],
    [
      "a managed disk elsewhere",
      { azureDisk: { diskName: "d", diskURI: "x", kind: "Managed" } },
      'spec.volumes[0].azureDisk.diskURI: Unsupported value: "x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
    ],
    [
      "a disk of unknown caching",
      { azureDisk: { diskName: "d", diskURI: "x", kind: "Shared", cachingMode: "x" } },
      'spec.volumes[0].azureDisk.cachingMode: Unsupported value: "x": supported values: "None", "ReadOnly", "ReadWrite"',
      'spec.volumes[0].azureDisk.diskURI: Unsupported value: "x": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
    ],
    [
      "a ScaleIO without anything",
      { scaleIO: {} },
      "spec.volumes[0].scaleIO.gateway: Required value",
      "spec.volumes[0].scaleIO.system: Required value",
      "spec.volumes[0].scaleIO.volumeName: Required value",
      "warns: spec.volumes[0].scaleIO: deprecated in v1.16, non-functional in v1.22+",
    ],
    [
      "a StorageOS without a name",
      { storageos: {} },
      "spec.volumes[0].storageos.volumeName: Required value",
      "warns: spec.volumes[0].storageOS: deprecated in v1.22, non-functional in v1.25+",
    ],
    [
      "a CSI driver of a strange name",
      { csi: { driver: "a_b", nodePublishSecretRef: {} } },
      "spec.volumes[0].csi.driver: Invalid value: \"a_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "spec.volumes[0].csi.nodePublishSecretRef.name: Required value",
    ],
    ["an image left out", { image: { reference: "" } }, "spec.volumes[0].image.reference: Required value"],
    [
      "a folder upwards",
      { gitRepo: { repository: "", directory: ".." } },
      "spec.volumes[0].gitRepo.repository: Required value",
      "spec.volumes[0].gitRepo.directory: Invalid value: \"..\": must not contain '..'",
      "warns: spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
    ],
    [
      "a channel without a target",
      { fc: {} },
      "spec.volumes[0].fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both",
    ],
    [
      "files about the pod",
      { downwardAPI: { defaultMode: -1, items: [{ path: "", fieldRef: { fieldPath: "x" } }, { path: "a" }] } },
      "spec.volumes[0].downwardAPI.defaultMode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive",
      "spec.volumes[0].downwardAPI.path: Required value",
      'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Invalid value: "x": error converting fieldPath: field label not supported: x',
      "spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
    ],
    [
      "two sources",
      { emptyDir: {}, downwardAPI: {}, cephfs: { monitors: ["a"] } },
      "spec.volumes[0].cephFS: Forbidden: may not specify more than 1 volume type",
      "spec.volumes[0].downwarAPI: Forbidden: may not specify more than 1 volume type",
      "warns: spec.volumes[0].cephfs: deprecated in v1.28, non-functional in v1.31+",
    ],
    [
      "a claim without modes",
      { ephemeral: { volumeClaimTemplate: { spec: {} } } },
      "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required",
      "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value",
    ],
    [
      "files of a secret",
      {
        secret: {
          secretName: "s",
          items: [
            { key: "", path: "" },
            { key: "a", path: "..c", mode: -1 },
          ],
        },
      },
      "spec.volumes[0].secret.items[0].key: Required value",
      "spec.volumes[0].secret.items[0].path: Required value",
      "spec.volumes[0].secret.items[1].path: Invalid value: \"..c\": must not start with '..'",
      "spec.volumes[0].secret.items[1].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive",
    ],
    [
      "a size that is none",
      { emptyDir: { sizeLimit: "-1" } },
      "spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity",
    ],
  ],
);
