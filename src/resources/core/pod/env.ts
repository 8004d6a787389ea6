// Environment variables of a container and the places they come from. It refuses to expand them.
import { boolean, object, optional, pointer, quantity, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const ObjectFieldSelector = object(
  "k8s.io.api.core.v1.ObjectFieldSelector",
  {
    apiVersion: optional(1, string(), "Version that the path is written in; v1 if left out.", { default: "v1" }),
    fieldPath: required(2, string(), "Path of the field, such as metadata.name.", { judgedByRule: true }),
  },
  { atomic: true },
);
export interface ObjectFieldSelector extends ValueIn<typeof ObjectFieldSelector> {}

export const ResourceFieldSelector = object(
  "k8s.io.api.core.v1.ResourceFieldSelector",
  {
    containerName: optional(1, string(), "The container; demanded in volumes, its own in variables."),
    resource: required(2, string(), "Which limit or request, such as limits.cpu.", { judgedByRule: true }),
    divisor: optional(3, quantity(), "The unit that the value is shown in; 1 if left out."),
  },
  { atomic: true },
);
export interface ResourceFieldSelector extends ValueIn<typeof ResourceFieldSelector> {}

export const ConfigMapKeySelector = object(
  "k8s.io.api.core.v1.ConfigMapKeySelector",
  {
    name: optional([1, 1], string(), "Name of the ConfigMap.", { judgedByRule: true }),
    key: required(2, string(), "The key in it.", { judgedByRule: true }),
    optional: pointer(3, boolean(), "Whether the ConfigMap or its key may be missing."),
  },
  { atomic: true, inline: { 1: "k8s.io.api.core.v1.LocalObjectReference" } },
);
export interface ConfigMapKeySelector extends ValueIn<typeof ConfigMapKeySelector> {}

export const SecretKeySelector = object(
  "k8s.io.api.core.v1.SecretKeySelector",
  {
    name: optional([1, 1], string(), "Name of the Secret.", { judgedByRule: true }),
    key: required(2, string(), "The key in it.", { judgedByRule: true }),
    optional: pointer(3, boolean(), "Whether the Secret or its key may be missing."),
  },
  { atomic: true, inline: { 1: "k8s.io.api.core.v1.LocalObjectReference" } },
);
export interface SecretKeySelector extends ValueIn<typeof SecretKeySelector> {}

export const FileKeySelector = object(
  "k8s.io.api.core.v1.FileKeySelector",
  {
    volumeName: required(1, string(), "The emptyDir volume that holds the file.", { judgedByRule: true }),
    path: required(2, string(), "The file, relative to the volume.", { judgedByRule: true }),
    key: required(3, string(), "The variable in the file.", { judgedByRule: true }),
    optional: pointer(4, boolean(), "Whether the file or the key may be missing."),
  },
  { atomic: true },
);
export interface FileKeySelector extends ValueIn<typeof FileKeySelector> {}

export const EnvVarSource = object("k8s.io.api.core.v1.EnvVarSource", {
  fieldRef: pointer(1, ObjectFieldSelector, "A field of the pod."),
  resourceFieldRef: pointer(2, ResourceFieldSelector, "A limit or request of a container."),
  configMapKeyRef: pointer(3, ConfigMapKeySelector, "A key of a ConfigMap."),
  secretKeyRef: pointer(4, SecretKeySelector, "A key of a Secret."),
  fileKeyRef: pointer(5, FileKeySelector, "A variable in a file of an emptyDir volume.", { gate: "EnvFiles" }),
});
export interface EnvVarSource extends ValueIn<typeof EnvVarSource> {}

export const EnvVar = object("k8s.io.api.core.v1.EnvVar", {
  name: required(1, string(), "Name of the variable.", { judgedByRule: true }),
  value: optional(2, string(), "Its text; $(NAME) stands for an earlier variable."),
  valueFrom: pointer(3, EnvVarSource, "Where its text comes from, if value is empty."),
});
export interface EnvVar extends ValueIn<typeof EnvVar> {}

export const ConfigMapEnvSource = object(
  "k8s.io.api.core.v1.ConfigMapEnvSource",
  {
    name: optional([1, 1], string(), "Name of the ConfigMap.", { demanded: true }),
    optional: pointer(2, boolean(), "Whether the ConfigMap may be missing."),
  },
  { inline: { 1: "k8s.io.api.core.v1.LocalObjectReference" } },
);
export interface ConfigMapEnvSource extends ValueIn<typeof ConfigMapEnvSource> {}

export const SecretEnvSource = object(
  "k8s.io.api.core.v1.SecretEnvSource",
  {
    name: optional([1, 1], string(), "Name of the Secret.", { demanded: true }),
    optional: pointer(2, boolean(), "Whether the Secret may be missing."),
  },
  { inline: { 1: "k8s.io.api.core.v1.LocalObjectReference" } },
);
export interface SecretEnvSource extends ValueIn<typeof SecretEnvSource> {}

export const EnvFromSource = object("k8s.io.api.core.v1.EnvFromSource", {
  prefix: optional(1, string(), "Put in front of each key."),
  configMapRef: pointer(2, ConfigMapEnvSource, "All keys of a ConfigMap."),
  secretRef: pointer(3, SecretEnvSource, "All keys of a Secret."),
});
export interface EnvFromSource extends ValueIn<typeof EnvFromSource> {}
