// Sources of volumes that Kubernetes keeps for old objects only; nothing here mounts them.
import { boolean, int32, listAtomic, map, object, optional, pointer, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { LocalObjectReference } from "./reference.ts";

export const GCEPersistentDiskVolumeSource = object("k8s.io.api.core.v1.GCEPersistentDiskVolumeSource", {
  pdName: required(1, string(), "Name of the disk.", { judgedByRule: true }),
  fsType: optional(2, string(), "File system of the disk."),
  partition: optional(3, int32(), "Number of the partition; the whole disk if 0."),
  readOnly: optional(4, boolean(), "Mounted for reading only."),
});
export interface GCEPersistentDiskVolumeSource extends ValueIn<typeof GCEPersistentDiskVolumeSource> {}

export const AWSElasticBlockStoreVolumeSource = object("k8s.io.api.core.v1.AWSElasticBlockStoreVolumeSource", {
  volumeID: required(1, string(), "Id of the volume."),
  fsType: optional(2, string(), "File system of the volume."),
  partition: optional(3, int32(), "Number of the partition; the whole volume if 0."),
  readOnly: optional(4, boolean(), "Mounted for reading only."),
});
export interface AWSElasticBlockStoreVolumeSource extends ValueIn<typeof AWSElasticBlockStoreVolumeSource> {}

export const GitRepoVolumeSource = object("k8s.io.api.core.v1.GitRepoVolumeSource", {
  repository: required(1, string(), "URL of the repository."),
  revision: optional(2, string(), "The commit."),
  directory: optional(3, string(), "Folder to clone into, without `..`."),
});
export interface GitRepoVolumeSource extends ValueIn<typeof GitRepoVolumeSource> {}

export const GlusterfsVolumeSource = object("k8s.io.api.core.v1.GlusterfsVolumeSource", {
  endpoints: required(1, string(), "Name of the Endpoints."),
  path: required(2, string(), "The volume's path."),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
});
export interface GlusterfsVolumeSource extends ValueIn<typeof GlusterfsVolumeSource> {}

export const RBDVolumeSource = object("k8s.io.api.core.v1.RBDVolumeSource", {
  monitors: required(1, listAtomic(string()), "Addresses of the monitors.", { demanded: true }),
  image: required(2, string(), "Name of the image."),
  fsType: optional(3, string(), "File system of the image."),
  pool: optional(4, string(), "The pool; rbd if left out.", { default: "rbd" }),
  user: optional(5, string(), "The user; admin if left out.", { default: "admin" }),
  keyring: optional(6, string(), "File of the key ring; /etc/ceph/keyring if left out.", {
    default: "/etc/ceph/keyring",
  }),
  secretRef: pointer(7, LocalObjectReference, "Secret of the user, instead of the key ring."),
  readOnly: optional(8, boolean(), "Mounted for reading only."),
});
export interface RBDVolumeSource extends ValueIn<typeof RBDVolumeSource> {}

export const FlexVolumeSource = object("k8s.io.api.core.v1.FlexVolumeSource", {
  driver: required(1, string(), "Name of the driver."),
  fsType: optional(2, string(), "File system to mount."),
  secretRef: pointer(3, LocalObjectReference, "Secret handed to the driver."),
  readOnly: optional(4, boolean(), "Mounted for reading only."),
  options: optional(5, map(string()), "Options for the driver."),
});
export interface FlexVolumeSource extends ValueIn<typeof FlexVolumeSource> {}

export const CinderVolumeSource = object("k8s.io.api.core.v1.CinderVolumeSource", {
  volumeID: required(1, string(), "Id of the volume."),
  fsType: optional(2, string(), "File system of the volume."),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
  secretRef: pointer(4, LocalObjectReference, "Secret with the way to OpenStack."),
});
export interface CinderVolumeSource extends ValueIn<typeof CinderVolumeSource> {}

export const CephFSVolumeSource = object("k8s.io.api.core.v1.CephFSVolumeSource", {
  monitors: required(1, listAtomic(string()), "Addresses of the monitors.", { demanded: true }),
  path: optional(2, string(), "Path to mount; / if left out."),
  user: optional(3, string(), "The user; admin if left out."),
  secretFile: optional(4, string(), "File of the key ring."),
  secretRef: pointer(5, LocalObjectReference, "Secret of the user, instead of the file."),
  readOnly: optional(6, boolean(), "Mounted for reading only."),
});
export interface CephFSVolumeSource extends ValueIn<typeof CephFSVolumeSource> {}

export const FlockerVolumeSource = object("k8s.io.api.core.v1.FlockerVolumeSource", {
  datasetName: optional(1, string(), "Name of the dataset."),
  datasetUUID: optional(2, string(), "UUID of the dataset."),
});
export interface FlockerVolumeSource extends ValueIn<typeof FlockerVolumeSource> {}

export const AzureFileVolumeSource = object("k8s.io.api.core.v1.AzureFileVolumeSource", {
  secretName: required(1, string(), "Secret with the account's name and key."),
  shareName: required(2, string(), "Name of the share."),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
});
export interface AzureFileVolumeSource extends ValueIn<typeof AzureFileVolumeSource> {}

export const VsphereVirtualDiskVolumeSource = object("k8s.io.api.core.v1.VsphereVirtualDiskVolumeSource", {
  volumePath: required(1, string(), "Path of the disk."),
  fsType: optional(2, string(), "File system of the disk."),
  storagePolicyName: optional(3, string(), "Name of the storage policy."),
  storagePolicyID: optional(4, string(), "Id of the storage policy."),
});
export interface VsphereVirtualDiskVolumeSource extends ValueIn<typeof VsphereVirtualDiskVolumeSource> {}

export const QuobyteVolumeSource = object("k8s.io.api.core.v1.QuobyteVolumeSource", {
  registry: required(1, string(), "Addresses of the registries.", { judgedByRule: true }),
  volume: required(2, string(), "Name of the volume.", { judgedByRule: true }),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
  user: optional(4, string(), "User to map to."),
  group: optional(5, string(), "Group to map to."),
  tenant: optional(6, string(), "Tenant that owns the volume."),
});
export interface QuobyteVolumeSource extends ValueIn<typeof QuobyteVolumeSource> {}

export const AzureDiskVolumeSource = object("k8s.io.api.core.v1.AzureDiskVolumeSource", {
  diskName: required(1, string(), "Name of the disk."),
  diskURI: required(2, string(), "URI of the disk."),
  cachingMode: pointer(
    3,
    string({ enum: ["None", "ReadOnly", "ReadWrite"] }),
    "Caching on the host: None, ReadOnly or ReadWrite.",
    { default: "ReadWrite", judgedByRule: true },
  ),
  fsType: pointer(4, string(), "File system of the disk.", { default: "ext4" }),
  readOnly: pointer(5, boolean(), "Mounted for reading only.", { default: false }),
  kind: pointer(6, string({ enum: ["Dedicated", "Managed", "Shared"] }), "Shared, Dedicated or Managed.", {
    default: "Shared",
    judgedByRule: true,
  }),
});
export interface AzureDiskVolumeSource extends ValueIn<typeof AzureDiskVolumeSource> {}

export const PhotonPersistentDiskVolumeSource = object("k8s.io.api.core.v1.PhotonPersistentDiskVolumeSource", {
  pdID: required(1, string(), "Id of the disk."),
  fsType: optional(2, string(), "File system of the disk."),
});
export interface PhotonPersistentDiskVolumeSource extends ValueIn<typeof PhotonPersistentDiskVolumeSource> {}

export const PortworxVolumeSource = object("k8s.io.api.core.v1.PortworxVolumeSource", {
  volumeID: required(1, string(), "Id of the volume."),
  fsType: optional(2, string(), "File system of the volume."),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
});
export interface PortworxVolumeSource extends ValueIn<typeof PortworxVolumeSource> {}

export const ScaleIOVolumeSource = object("k8s.io.api.core.v1.ScaleIOVolumeSource", {
  gateway: required(1, string(), "Address of the gateway."),
  system: required(2, string(), "Name of the system."),
  secretRef: required(3, LocalObjectReference, "Secret to log in with.", {
    pointer: true,
    demanded: false,
  }),
  sslEnabled: optional(4, boolean(), "Speak TLS to the gateway."),
  protectionDomain: optional(5, string(), "The protection domain."),
  storagePool: optional(6, string(), "The storage pool."),
  storageMode: optional(7, string(), "ThickProvisioned or ThinProvisioned.", { default: "ThinProvisioned" }),
  volumeName: optional(8, string(), "Name of the volume.", { demanded: true }),
  fsType: optional(9, string(), "File system of the volume.", { default: "xfs" }),
  readOnly: optional(10, boolean(), "Mounted for reading only."),
});
export interface ScaleIOVolumeSource extends ValueIn<typeof ScaleIOVolumeSource> {}

export const StorageOSVolumeSource = object("k8s.io.api.core.v1.StorageOSVolumeSource", {
  volumeName: optional(1, string(), "Name of the volume."),
  volumeNamespace: optional(2, string(), "Its StorageOS namespace."),
  fsType: optional(3, string(), "File system of the volume."),
  readOnly: optional(4, boolean(), "Mounted for reading only."),
  secretRef: pointer(5, LocalObjectReference, "Secret to log in with."),
});
export interface StorageOSVolumeSource extends ValueIn<typeof StorageOSVolumeSource> {}
