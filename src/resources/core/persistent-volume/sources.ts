// Sources of volumes that a cluster holds: as a pod's own, but with secrets of any namespace. It refuses to mount.
import { ObjectReference } from "../object-reference.ts";
import { boolean, int32, listAtomic, map, object, optional, pointer, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const SecretReference = object(
  "k8s.io.api.core.v1.SecretReference",
  {
    name: optional(1, string(), "Its name."),
    namespace: optional(2, string(), "Its namespace."),
  },
  { atomic: true },
);
export interface SecretReference extends ValueIn<typeof SecretReference> {}

export const GlusterfsPersistentVolumeSource = object("k8s.io.api.core.v1.GlusterfsPersistentVolumeSource", {
  endpoints: required(1, string(), "Name of the Endpoints."),
  path: required(2, string(), "The volume's path."),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
  endpointsNamespace: pointer(4, string(), "Namespace of the Endpoints; the claim's if left out."),
});
export interface GlusterfsPersistentVolumeSource extends ValueIn<typeof GlusterfsPersistentVolumeSource> {}

export const RBDPersistentVolumeSource = object("k8s.io.api.core.v1.RBDPersistentVolumeSource", {
  monitors: required(1, listAtomic(string()), "Addresses of the monitors.", { demanded: true }),
  image: required(2, string(), "Name of the image."),
  fsType: optional(3, string(), "File system of the image."),
  pool: optional(4, string(), "The pool; rbd if left out.", { default: "rbd" }),
  user: optional(5, string(), "The user; admin if left out.", { default: "admin" }),
  keyring: optional(6, string(), "File of the key ring; /etc/ceph/keyring if left out.", {
    default: "/etc/ceph/keyring",
  }),
  secretRef: pointer(7, SecretReference, "Secret of the user, instead of the key ring."),
  readOnly: optional(8, boolean(), "Mounted for reading only."),
});
export interface RBDPersistentVolumeSource extends ValueIn<typeof RBDPersistentVolumeSource> {}

export const ISCSIPersistentVolumeSource = object("k8s.io.api.core.v1.ISCSIPersistentVolumeSource", {
  targetPortal: required(1, string(), "Address of the portal."),
  iqn: required(2, string(), "Qualified name of the target."),
  lun: required(3, int32(), "Number of the unit."),
  iscsiInterface: optional(4, string(), "Interface of the initiator; default if left out.", { default: "default" }),
  fsType: optional(5, string(), "File system of the device."),
  readOnly: optional(6, boolean(), "Mounted for reading only."),
  portals: optional(7, listAtomic(string()), "Further portals."),
  chapAuthDiscovery: optional(8, boolean(), "Use CHAP for discovery."),
  chapAuthSession: optional(11, boolean(), "Use CHAP for the session."),
  secretRef: pointer(10, SecretReference, "Secret with the CHAP credentials."),
  initiatorName: pointer(12, string(), "Name of the initiator."),
});
export interface ISCSIPersistentVolumeSource extends ValueIn<typeof ISCSIPersistentVolumeSource> {}

export const CinderPersistentVolumeSource = object("k8s.io.api.core.v1.CinderPersistentVolumeSource", {
  volumeID: required(1, string(), "Id of the volume."),
  fsType: optional(2, string(), "File system of the volume."),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
  secretRef: pointer(4, SecretReference, "Secret with the way to OpenStack."),
});
export interface CinderPersistentVolumeSource extends ValueIn<typeof CinderPersistentVolumeSource> {}

export const CephFSPersistentVolumeSource = object("k8s.io.api.core.v1.CephFSPersistentVolumeSource", {
  monitors: required(1, listAtomic(string()), "Addresses of the monitors.", { demanded: true }),
  path: optional(2, string(), "Path to mount; / if left out."),
  user: optional(3, string(), "The user; admin if left out."),
  secretFile: optional(4, string(), "File of the key ring."),
  secretRef: pointer(5, SecretReference, "Secret of the user, instead of the file."),
  readOnly: optional(6, boolean(), "Mounted for reading only."),
});
export interface CephFSPersistentVolumeSource extends ValueIn<typeof CephFSPersistentVolumeSource> {}

export const FlexPersistentVolumeSource = object("k8s.io.api.core.v1.FlexPersistentVolumeSource", {
  driver: required(1, string(), "Name of the driver."),
  fsType: optional(2, string(), "File system to mount."),
  secretRef: pointer(3, SecretReference, "Secret handed to the driver."),
  readOnly: optional(4, boolean(), "Mounted for reading only."),
  options: optional(5, map(string()), "Options for the driver."),
});
export interface FlexPersistentVolumeSource extends ValueIn<typeof FlexPersistentVolumeSource> {}

export const AzureFilePersistentVolumeSource = object("k8s.io.api.core.v1.AzureFilePersistentVolumeSource", {
  secretName: required(1, string(), "Secret with the account's name and key."),
  shareName: required(2, string(), "Name of the share."),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
  secretNamespace: pointer(4, string(), "Namespace of the secret; the claim's if left out.", { always: true }),
});
export interface AzureFilePersistentVolumeSource extends ValueIn<typeof AzureFilePersistentVolumeSource> {}

export const ScaleIOPersistentVolumeSource = object("k8s.io.api.core.v1.ScaleIOPersistentVolumeSource", {
  gateway: required(1, string(), "Address of the gateway."),
  system: required(2, string(), "Name of the system."),
  secretRef: required(3, SecretReference, "Secret to log in with.", { pointer: true }),
  sslEnabled: optional(4, boolean(), "Speak TLS to the gateway."),
  protectionDomain: optional(5, string(), "The protection domain."),
  storagePool: optional(6, string(), "The storage pool."),
  storageMode: optional(7, string(), "ThickProvisioned or ThinProvisioned.", { default: "ThinProvisioned" }),
  volumeName: optional(8, string(), "Name of the volume.", { demanded: true }),
  fsType: optional(9, string(), "File system of the volume.", { default: "xfs" }),
  readOnly: optional(10, boolean(), "Mounted for reading only."),
});
export interface ScaleIOPersistentVolumeSource extends ValueIn<typeof ScaleIOPersistentVolumeSource> {}

export const LocalVolumeSource = object("k8s.io.api.core.v1.LocalVolumeSource", {
  path: required(1, string(), "The folder or device on the node."),
  fsType: pointer(2, string(), "File system, for a device."),
});
export interface LocalVolumeSource extends ValueIn<typeof LocalVolumeSource> {}

export const StorageOSPersistentVolumeSource = object("k8s.io.api.core.v1.StorageOSPersistentVolumeSource", {
  volumeName: optional(1, string(), "Name of the volume."),
  volumeNamespace: optional(2, string(), "Its StorageOS namespace."),
  fsType: optional(3, string(), "File system of the volume."),
  readOnly: optional(4, boolean(), "Mounted for reading only."),
  secretRef: pointer(5, ObjectReference, "Secret to log in with."),
});
export interface StorageOSPersistentVolumeSource extends ValueIn<typeof StorageOSPersistentVolumeSource> {}

export const CSIPersistentVolumeSource = object("k8s.io.api.core.v1.CSIPersistentVolumeSource", {
  driver: required(1, string(), "Name of the CSI driver."),
  volumeHandle: required(2, string(), "What the driver calls the volume."),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
  fsType: optional(4, string(), "File system to mount."),
  volumeAttributes: optional(5, map(string()), "What the driver wants to know."),
  controllerPublishSecretRef: pointer(6, SecretReference, "Secret for attaching."),
  nodeStageSecretRef: pointer(7, SecretReference, "Secret for the first mount on a node."),
  nodePublishSecretRef: pointer(8, SecretReference, "Secret for each mount."),
  controllerExpandSecretRef: pointer(9, SecretReference, "Secret for growing the volume."),
  nodeExpandSecretRef: pointer(10, SecretReference, "Secret for growing the file system."),
});
export interface CSIPersistentVolumeSource extends ValueIn<typeof CSIPersistentVolumeSource> {}
