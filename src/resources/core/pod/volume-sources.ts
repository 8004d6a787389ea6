// Where the content of a volume comes from: the sources in use today. It refuses to mount.
import {
  boolean,
  int32,
  int64,
  listAtomic,
  map,
  object,
  optional,
  pointer,
  quantity,
  required,
  string,
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { PersistentVolumeClaimTemplate } from "./claim-spec.ts";
import { volumePullPolicyByTag } from "./defaults.ts";
import { ObjectFieldSelector, ResourceFieldSelector } from "./env.ts";
import { LocalObjectReference } from "./reference.ts";

export const KeyToPath = object("k8s.io.api.core.v1.KeyToPath", {
  key: required(1, string(), "The key to project."),
  path: required(2, string(), "File to put it in, relative to the volume, without `..`."),
  mode: pointer(3, int32(), "Permission bits; defaultMode if left out."),
  user: pointer(4, int64(), "UID that owns the file.", { gate: "AtomicWriteVolumeUserFields" }),
});
export interface KeyToPath extends ValueIn<typeof KeyToPath> {}

export const DownwardAPIVolumeFile = object("k8s.io.api.core.v1.DownwardAPIVolumeFile", {
  path: required(1, string(), "The file, relative to the volume, without `..`.", { judgedByRule: true }),
  fieldRef: pointer(2, ObjectFieldSelector, "A field of the pod's metadata."),
  resourceFieldRef: pointer(3, ResourceFieldSelector, "A limit or request of a container."),
  mode: pointer(4, int32(), "Permission bits; defaultMode if left out."),
  user: pointer(5, int64(), "UID that owns the file.", { gate: "AtomicWriteVolumeUserFields" }),
});
export interface DownwardAPIVolumeFile extends ValueIn<typeof DownwardAPIVolumeFile> {}

export const HostPathVolumeSource = object("k8s.io.api.core.v1.HostPathVolumeSource", {
  path: required(1, string(), "Path on the node.", { judgedByRule: true }),
  type: pointer(
    2,
    string({
      enum: ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"],
    }),
    "What has to be there, or is made; unchecked if empty.",
    { default: "", judgedByRule: true },
  ),
});
export interface HostPathVolumeSource extends ValueIn<typeof HostPathVolumeSource> {}

export const EmptyDirVolumeSource = object("k8s.io.api.core.v1.EmptyDirVolumeSource", {
  medium: optional(1, string(), "Empty for the node's disk, Memory, or HugePages."),
  sizeLimit: pointer(2, quantity(), "The most it may hold."),
  mode: pointer(3, int32(), "Permission bits of the folder.", { gate: "EmptyDirVolumeMode" }),
});
export interface EmptyDirVolumeSource extends ValueIn<typeof EmptyDirVolumeSource> {}

export const SecretVolumeSource = object("k8s.io.api.core.v1.SecretVolumeSource", {
  secretName: optional(1, string(), "Name of the Secret.", { demanded: true }),
  items: optional(2, listAtomic(KeyToPath), "Which keys become which files; all of them if left out."),
  defaultMode: pointer(3, int32(), "Permission bits of the files; 0644 if left out.", { default: 420 }),
  optional: pointer(4, boolean(), "Whether the Secret or its keys may be missing."),
  defaultUser: pointer(5, int64(), "UID that owns the files.", { gate: "AtomicWriteVolumeUserFields" }),
});
export interface SecretVolumeSource extends ValueIn<typeof SecretVolumeSource> {}

export const ConfigMapVolumeSource = object(
  "k8s.io.api.core.v1.ConfigMapVolumeSource",
  {
    name: optional([1, 1], string(), "Name of the ConfigMap.", { demanded: true }),
    items: optional(2, listAtomic(KeyToPath), "Which keys become which files; all of them if left out."),
    defaultMode: pointer(3, int32(), "Permission bits of the files; 0644 if left out.", { default: 420 }),
    optional: pointer(4, boolean(), "Whether the ConfigMap or its keys may be missing."),
    defaultUser: pointer(5, int64(), "UID that owns the files.", { gate: "AtomicWriteVolumeUserFields" }),
  },
  { inline: { 1: "k8s.io.api.core.v1.LocalObjectReference" } },
);
export interface ConfigMapVolumeSource extends ValueIn<typeof ConfigMapVolumeSource> {}

export const DownwardAPIVolumeSource = object("k8s.io.api.core.v1.DownwardAPIVolumeSource", {
  items: optional(1, listAtomic(DownwardAPIVolumeFile), "The files."),
  defaultMode: pointer(2, int32(), "Permission bits of the files; 0644 if left out.", { default: 420 }),
  defaultUser: pointer(3, int64(), "UID that owns the files.", { gate: "AtomicWriteVolumeUserFields" }),
});
export interface DownwardAPIVolumeSource extends ValueIn<typeof DownwardAPIVolumeSource> {}

export const NFSVolumeSource = object("k8s.io.api.core.v1.NFSVolumeSource", {
  server: required(1, string(), "Name or address of the server."),
  path: required(2, string(), "The exported path.", { judgedByRule: true }),
  readOnly: optional(3, boolean(), "Mounted for reading only."),
});
export interface NFSVolumeSource extends ValueIn<typeof NFSVolumeSource> {}

export const ISCSIVolumeSource = object("k8s.io.api.core.v1.ISCSIVolumeSource", {
  targetPortal: required(1, string(), "Address of the portal."),
  iqn: required(2, string(), "Qualified name of the target.", { judgedByRule: true }),
  lun: required(3, int32(), "Number of the unit."),
  iscsiInterface: optional(4, string(), "Interface of the initiator; default if left out.", { default: "default" }),
  fsType: optional(5, string(), "File system of the device."),
  readOnly: optional(6, boolean(), "Mounted for reading only."),
  portals: optional(7, listAtomic(string()), "Further portals."),
  chapAuthDiscovery: optional(8, boolean(), "Use CHAP for discovery."),
  chapAuthSession: optional(11, boolean(), "Use CHAP for the session."),
  secretRef: pointer(10, LocalObjectReference, "Secret with the CHAP credentials."),
  initiatorName: pointer(12, string(), "Name of the initiator."),
});
export interface ISCSIVolumeSource extends ValueIn<typeof ISCSIVolumeSource> {}

export const FCVolumeSource = object("k8s.io.api.core.v1.FCVolumeSource", {
  targetWWNs: optional(1, listAtomic(string()), "World wide names of the targets."),
  lun: pointer(2, int32(), "Number of the unit."),
  fsType: optional(3, string(), "File system of the device."),
  readOnly: optional(4, boolean(), "Mounted for reading only."),
  wwids: optional(5, listAtomic(string()), "World wide ids, instead of targetWWNs and lun."),
});
export interface FCVolumeSource extends ValueIn<typeof FCVolumeSource> {}

export const PersistentVolumeClaimVolumeSource = object("k8s.io.api.core.v1.PersistentVolumeClaimVolumeSource", {
  claimName: required(1, string(), "A PersistentVolumeClaim of the same namespace."),
  readOnly: optional(2, boolean(), "Mounted for reading only."),
});
export interface PersistentVolumeClaimVolumeSource extends ValueIn<typeof PersistentVolumeClaimVolumeSource> {}

export const CSIVolumeSource = object("k8s.io.api.core.v1.CSIVolumeSource", {
  driver: required(1, string(), "Name of the CSI driver."),
  readOnly: pointer(2, boolean(), "Mounted for reading only."),
  fsType: pointer(3, string(), "File system to mount."),
  volumeAttributes: optional(4, map(string()), "What the driver wants to know."),
  nodePublishSecretRef: pointer(5, LocalObjectReference, "Secret handed to the driver."),
});
export interface CSIVolumeSource extends ValueIn<typeof CSIVolumeSource> {}

export const EphemeralVolumeSource = object("k8s.io.api.core.v1.EphemeralVolumeSource", {
  volumeClaimTemplate: pointer(1, PersistentVolumeClaimTemplate, "The claim made for the pod, and gone with it.", {
    demanded: true,
  }),
});
export interface EphemeralVolumeSource extends ValueIn<typeof EphemeralVolumeSource> {}

export const ImageVolumeSource = object("k8s.io.api.core.v1.ImageVolumeSource", {
  reference: optional(1, string(), "The image or artifact."),
  pullPolicy: optional(
    2,
    string({ enum: ["Always", "IfNotPresent", "Never"] }),
    "Always, Never or IfNotPresent; by the tag if left out.",
    { default: volumePullPolicyByTag },
  ),
});
export interface ImageVolumeSource extends ValueIn<typeof ImageVolumeSource> {}
