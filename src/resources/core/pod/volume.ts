// Volume: storage that containers of a pod can mount. It refuses to mount.
import { object, pointer, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { emptyDirWithoutSource } from "./defaults.ts";
import { ProjectedVolumeSource } from "./projections.ts";
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFileVolumeSource,
  CephFSVolumeSource,
  CinderVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  GitRepoVolumeSource,
  GlusterfsVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  RBDVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from "./volume-sources-legacy.ts";
import {
  CSIVolumeSource,
  ConfigMapVolumeSource,
  DownwardAPIVolumeSource,
  EmptyDirVolumeSource,
  EphemeralVolumeSource,
  FCVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  ImageVolumeSource,
  NFSVolumeSource,
  PersistentVolumeClaimVolumeSource,
  SecretVolumeSource,
} from "./volume-sources.ts";

export const Volume = object(
  "k8s.io.api.core.v1.Volume",
  {
    name: required(1, string({ format: "dns1123Label" }), "Names the volume within the pod."),
    hostPath: pointer([2, 1], HostPathVolumeSource, "A file or folder of the node."),
    emptyDir: pointer([2, 2], EmptyDirVolumeSource, "A folder that lives as long as the pod.", {
      default: emptyDirWithoutSource,
    }),
    gcePersistentDisk: pointer(
      [2, 3],
      GCEPersistentDiskVolumeSource,
      "A disk of Google's cloud; goes to its CSI driver.",
    ),
    awsElasticBlockStore: pointer(
      [2, 4],
      AWSElasticBlockStoreVolumeSource,
      "A disk of Amazon's cloud; goes to its CSI driver.",
    ),
    gitRepo: pointer([2, 5], GitRepoVolumeSource, "A clone of a git repository; no longer supported."),
    secret: pointer([2, 6], SecretVolumeSource, "Keys of a Secret as files."),
    nfs: pointer([2, 7], NFSVolumeSource, "A folder of an NFS server."),
    iscsi: pointer([2, 8], ISCSIVolumeSource, "A disk over iSCSI."),
    glusterfs: pointer([2, 9], GlusterfsVolumeSource, "A GlusterFS volume; no longer supported."),
    persistentVolumeClaim: pointer(
      [2, 10],
      PersistentVolumeClaimVolumeSource,
      "What a PersistentVolumeClaim is bound to.",
    ),
    rbd: pointer([2, 11], RBDVolumeSource, "A Ceph block device; no longer supported."),
    flexVolume: pointer([2, 12], FlexVolumeSource, "A volume of a program on the node; deprecated."),
    cinder: pointer([2, 13], CinderVolumeSource, "A disk of OpenStack; goes to its CSI driver."),
    cephfs: pointer([2, 14], CephFSVolumeSource, "A Ceph file system; no longer supported."),
    flocker: pointer([2, 15], FlockerVolumeSource, "A Flocker dataset; no longer supported."),
    downwardAPI: pointer([2, 16], DownwardAPIVolumeSource, "Facts about the pod as files."),
    fc: pointer([2, 17], FCVolumeSource, "A disk over Fibre Channel."),
    azureFile: pointer([2, 18], AzureFileVolumeSource, "A file share of Azure; goes to its CSI driver."),
    configMap: pointer([2, 19], ConfigMapVolumeSource, "Keys of a ConfigMap as files."),
    vsphereVolume: pointer([2, 20], VsphereVirtualDiskVolumeSource, "A disk of vSphere; goes to its CSI driver."),
    quobyte: pointer([2, 21], QuobyteVolumeSource, "A Quobyte volume; no longer supported."),
    azureDisk: pointer([2, 22], AzureDiskVolumeSource, "A disk of Azure; goes to its CSI driver."),
    photonPersistentDisk: pointer([2, 23], PhotonPersistentDiskVolumeSource, "A Photon disk; no longer supported."),
    projected: pointer([2, 26], ProjectedVolumeSource, "Several sources in one folder."),
    portworxVolume: pointer([2, 24], PortworxVolumeSource, "A Portworx volume; goes to its CSI driver."),
    scaleIO: pointer([2, 25], ScaleIOVolumeSource, "A ScaleIO volume; no longer supported."),
    storageos: pointer([2, 27], StorageOSVolumeSource, "A StorageOS volume; no longer supported."),
    csi: pointer([2, 28], CSIVolumeSource, "A volume of a CSI driver that lives as long as the pod."),
    ephemeral: pointer([2, 29], EphemeralVolumeSource, "A claim made for the pod, and gone with it."),
    image: pointer([2, 30], ImageVolumeSource, "An image or artifact, mounted for reading."),
  },
  { inline: { 2: "k8s.io.api.core.v1.VolumeSource" } },
);
export interface Volume extends ValueIn<typeof Volume> {}
