// Where a kubelet once took its configuration from; kept for the wire, nothing reads it.
import { object, optional, pointer, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const ConfigMapNodeConfigSource = object("k8s.io.api.core.v1.ConfigMapNodeConfigSource", {
  namespace: required(1, string(), "Namespace of the ConfigMap.", { demanded: false }),
  name: required(2, string(), "Name of the ConfigMap.", { demanded: false }),
  uid: optional(3, string(), "UID of the ConfigMap, in status only."),
  resourceVersion: optional(4, string(), "Version of the ConfigMap, in status only."),
  kubeletConfigKey: required(5, string(), "Key that holds the configuration.", { demanded: false }),
});
export interface ConfigMapNodeConfigSource extends ValueIn<typeof ConfigMapNodeConfigSource> {}

export const NodeConfigSource = object("k8s.io.api.core.v1.NodeConfigSource", {
  configMap: pointer(2, ConfigMapNodeConfigSource, "No longer used."),
});
export interface NodeConfigSource extends ValueIn<typeof NodeConfigSource> {}
