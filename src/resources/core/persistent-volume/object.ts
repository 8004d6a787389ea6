// The PersistentVolume as an object: its schema and its type. It refuses to judge: that is rules.ts.
import { ObjectReference } from "../object-reference.ts";
import {
  AzureFilePersistentVolumeSource,
  CSIPersistentVolumeSource,
  CephFSPersistentVolumeSource,
  CinderPersistentVolumeSource,
  FlexPersistentVolumeSource,
  GlusterfsPersistentVolumeSource,
  ISCSIPersistentVolumeSource,
  LocalVolumeSource,
  RBDPersistentVolumeSource,
  ScaleIOPersistentVolumeSource,
  StorageOSPersistentVolumeSource,
} from "./sources.ts";
import { NodeSelector } from "../pod/affinity.ts";
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from "../pod/volume-sources-legacy.ts";
import { FCVolumeSource, HostPathVolumeSource, NFSVolumeSource } from "../pod/volume-sources.ts";
import { metadata, typeMeta } from "../../../schema/meta/object-meta.ts";
import { listAtomic, map, object, optional, plain, pointer, quantity, string, time } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const VolumeNodeAffinity = object("k8s.io.api.core.v1.VolumeNodeAffinity", {
  required: pointer(1, NodeSelector, "Which nodes can reach the volume."),
});
export interface VolumeNodeAffinity extends ValueIn<typeof VolumeNodeAffinity> {}

/** Parts of the reference are fields of their own to apply, other than in references elsewhere. */
const ClaimReference: typeof ObjectReference = { ...ObjectReference, atomic: false };

/** In the order in which upstream looks at them. */
export const VOLUME_SOURCES = [
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "hostPath",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
] as const;

/** A default of volumes themselves: the inline volume of an attachment has none. */
const ofVolume =
  <T>(value: T) =>
  (_spec: unknown, root: { readonly spec?: object }): T | undefined =>
    root.spec !== undefined && "attacher" in root.spec ? undefined : value;

export const PersistentVolumeSpec = object(
  "k8s.io.api.core.v1.PersistentVolumeSpec",
  {
    capacity: optional(1, map(quantity()), "How much it holds."),
    gcePersistentDisk: pointer([2, 1], GCEPersistentDiskVolumeSource, "A disk of GCE."),
    awsElasticBlockStore: pointer([2, 2], AWSElasticBlockStoreVolumeSource, "A volume of AWS."),
    hostPath: pointer([2, 3], HostPathVolumeSource, "A folder of the node; for tests on one node."),
    glusterfs: pointer([2, 4], GlusterfsPersistentVolumeSource, "A GlusterFS volume."),
    nfs: pointer([2, 5], NFSVolumeSource, "A folder that a server exports."),
    rbd: pointer([2, 6], RBDPersistentVolumeSource, "An image of Ceph."),
    iscsi: pointer([2, 7], ISCSIPersistentVolumeSource, "A unit of an iSCSI target."),
    cinder: pointer([2, 8], CinderPersistentVolumeSource, "A volume of OpenStack."),
    cephfs: pointer([2, 9], CephFSPersistentVolumeSource, "A Ceph file system."),
    fc: pointer([2, 10], FCVolumeSource, "A unit of a fibre channel target."),
    flocker: pointer([2, 11], FlockerVolumeSource, "A dataset of Flocker."),
    flexVolume: pointer([2, 12], FlexPersistentVolumeSource, "A volume of an exec driver."),
    azureFile: pointer([2, 13], AzureFilePersistentVolumeSource, "A share of Azure."),
    vsphereVolume: pointer([2, 14], VsphereVirtualDiskVolumeSource, "A disk of vSphere."),
    quobyte: pointer([2, 15], QuobyteVolumeSource, "A Quobyte volume."),
    azureDisk: pointer([2, 16], AzureDiskVolumeSource, "A disk of Azure."),
    photonPersistentDisk: pointer([2, 17], PhotonPersistentDiskVolumeSource, "A disk of Photon."),
    portworxVolume: pointer([2, 18], PortworxVolumeSource, "A Portworx volume."),
    scaleIO: pointer([2, 19], ScaleIOPersistentVolumeSource, "A ScaleIO volume."),
    local: pointer([2, 20], LocalVolumeSource, "A folder or device of one node."),
    storageos: pointer([2, 21], StorageOSPersistentVolumeSource, "A StorageOS volume."),
    csi: pointer([2, 22], CSIPersistentVolumeSource, "A volume of a CSI driver."),
    accessModes: optional(
      3,
      listAtomic(string({ enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] })),
      "The ways in which it can be mounted.",
      { demanded: true, judgedByRule: true },
    ),
    claimRef: pointer(4, ClaimReference, "The claim that it is bound to."),
    persistentVolumeReclaimPolicy: optional(
      5,
      string({ enum: ["Delete", "Recycle", "Retain"] }),
      "What becomes of it when its claim is gone.",
      { default: ofVolume("Retain") },
    ),
    storageClassName: optional(6, string(), "Its class; none if empty."),
    mountOptions: optional(7, listAtomic(string()), "Options of the mount."),
    volumeMode: pointer(8, string({ enum: ["Block", "Filesystem"] }), "Filesystem or Block.", {
      default: ofVolume("Filesystem"),
    }),
    nodeAffinity: pointer(9, VolumeNodeAffinity, "Which nodes can reach it."),
    volumeAttributesClassName: pointer(10, string(), "Its VolumeAttributesClass.", { gate: "VolumeAttributesClass" }),
  },
  {
    inline: { 2: "k8s.io.api.core.v1.PersistentVolumeSource" },
    unjudged: VOLUME_SOURCES,
  },
);
export interface PersistentVolumeSpec extends ValueIn<typeof PersistentVolumeSpec> {}

export const PersistentVolumeStatus = object("k8s.io.api.core.v1.PersistentVolumeStatus", {
  phase: optional(
    1,
    string({ enum: ["Available", "Bound", "Failed", "Pending", "Released"] }),
    "Whether it is available, bound or released.",
    { default: "Pending" },
  ),
  message: optional(2, string(), "Why, for people."),
  reason: optional(3, string(), "Why, in one word."),
  lastPhaseTransitionTime: pointer(4, time(), "When the phase last changed."),
});
export interface PersistentVolumeStatus extends ValueIn<typeof PersistentVolumeStatus> {}

export const persistentVolumeSchema = object(
  "k8s.io.api.core.v1.PersistentVolume",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, PersistentVolumeSpec, "What it is."),
    status: plain(3, PersistentVolumeStatus, "What became of it."),
  },
  { doc: "A piece of storage in the cluster." },
);
export interface PersistentVolume extends ValueIn<typeof persistentVolumeSchema> {}
