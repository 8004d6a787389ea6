// Projected volumes: several sources in one folder. It refuses to read the sources.
import {
  boolean,
  int32,
  int64,
  listAtomic,
  map,
  object,
  optional,
  pointer,
  required,
  string,
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { LabelSelector } from "../../../schema/meta/label-selector-type.ts";
import { DownwardAPIVolumeFile, KeyToPath } from "./volume-sources.ts";

export const SecretProjection = object(
  "k8s.io.api.core.v1.SecretProjection",
  {
    name: optional([1, 1], string(), "Name of the Secret.", { demanded: true }),
    items: optional(2, listAtomic(KeyToPath), "Which keys become which files; all of them if left out."),
    optional: pointer(4, boolean(), "Whether the Secret or its keys may be missing."),
  },
  { inline: { 1: "k8s.io.api.core.v1.LocalObjectReference" } },
);
export interface SecretProjection extends ValueIn<typeof SecretProjection> {}

export const ConfigMapProjection = object(
  "k8s.io.api.core.v1.ConfigMapProjection",
  {
    name: optional([1, 1], string(), "Name of the ConfigMap.", { demanded: true }),
    items: optional(2, listAtomic(KeyToPath), "Which keys become which files; all of them if left out."),
    optional: pointer(4, boolean(), "Whether the ConfigMap or its keys may be missing."),
  },
  { inline: { 1: "k8s.io.api.core.v1.LocalObjectReference" } },
);
export interface ConfigMapProjection extends ValueIn<typeof ConfigMapProjection> {}

export const DownwardAPIProjection = object("k8s.io.api.core.v1.DownwardAPIProjection", {
  items: optional(1, listAtomic(DownwardAPIVolumeFile), "The files."),
});
export interface DownwardAPIProjection extends ValueIn<typeof DownwardAPIProjection> {}

export const ServiceAccountTokenProjection = object("k8s.io.api.core.v1.ServiceAccountTokenProjection", {
  audience: optional(1, string(), "Who shall accept the token; the API server if left out."),
  expirationSeconds: pointer(2, int64(), "How long the token is good; at least 600, 3600 if left out.", {
    default: 3600,
  }),
  path: required(3, string(), "The file, relative to the volume.", { judgedByRule: true }),
  user: pointer(4, int64(), "UID that owns the file.", { gate: "AtomicWriteVolumeUserFields" }),
});
export interface ServiceAccountTokenProjection extends ValueIn<typeof ServiceAccountTokenProjection> {}

export const ClusterTrustBundleProjection = object("k8s.io.api.core.v1.ClusterTrustBundleProjection", {
  name: pointer(1, string(), "One ClusterTrustBundle."),
  signerName: pointer(2, string(), "All bundles of this signer that the selector matches."),
  labelSelector: pointer(3, LabelSelector, "Which bundles of the signer; none if left out."),
  optional: pointer(5, boolean(), "Whether there may be no bundle."),
  path: required(4, string(), "The file, relative to the volume.", { judgedByRule: true }),
  user: pointer(6, int64(), "UID that owns the file.", { gate: "AtomicWriteVolumeUserFields" }),
});
export interface ClusterTrustBundleProjection extends ValueIn<typeof ClusterTrustBundleProjection> {}

export const PodCertificateProjection = object("k8s.io.api.core.v1.PodCertificateProjection", {
  signerName: required(1, string(), "Who signs the certificate.", { judgedByRule: true, always: false }),
  keyType: required(2, string(), "Kind of the private key, such as ED25519.", { judgedByRule: true, always: false }),
  maxExpirationSeconds: pointer(3, int32(), "How long the certificate may be good at most.", { default: 86400 }),
  credentialBundlePath: optional(4, string(), "File for key and certificates together."),
  keyPath: optional(5, string(), "File for the key."),
  certificateChainPath: optional(6, string(), "File for the certificates."),
  userAnnotations: optional(7, map(string()), "Handed on to the signer."),
  user: pointer(8, int64(), "UID that owns the files.", { gate: "AtomicWriteVolumeUserFields" }),
});
export interface PodCertificateProjection extends ValueIn<typeof PodCertificateProjection> {}

export const VolumeProjection = object("k8s.io.api.core.v1.VolumeProjection", {
  secret: pointer(1, SecretProjection, "Keys of a Secret."),
  downwardAPI: pointer(2, DownwardAPIProjection, "Facts about the pod."),
  configMap: pointer(3, ConfigMapProjection, "Keys of a ConfigMap."),
  serviceAccountToken: pointer(4, ServiceAccountTokenProjection, "A token of the pod's ServiceAccount."),
  clusterTrustBundle: pointer(5, ClusterTrustBundleProjection, "Certificates to trust.", {
    gate: "ClusterTrustBundleProjection",
  }),
  podCertificate: pointer(6, PodCertificateProjection, "A private key and a certificate for it.", {
    gate: "PodCertificateProjection",
  }),
});
export interface VolumeProjection extends ValueIn<typeof VolumeProjection> {}

export const ProjectedVolumeSource = object("k8s.io.api.core.v1.ProjectedVolumeSource", {
  sources: optional(1, listAtomic(VolumeProjection), "What to project; later ones win.", {
    judgedByRule: true,
    always: true,
  }),
  defaultMode: pointer(2, int32(), "Permission bits of the files; 0644 if left out.", { default: 420 }),
  defaultUser: pointer(3, int64(), "UID that owns the files.", { gate: "AtomicWriteVolumeUserFields" }),
});
export interface ProjectedVolumeSource extends ValueIn<typeof ProjectedVolumeSource> {}
