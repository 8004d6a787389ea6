// Secret: bytes that are not for everybody. It refuses to know who mounts it.
import { boolean, bytes, map, object, optional, pointer, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";

const schema = object("k8s.io.api.core.v1.Secret", {
  ...typeMeta,
  metadata,
  immutable: pointer(5, boolean(), "Once true, data and this field can no longer change."),
  data: optional(2, map(bytes()), "Secret bytes under keys, as base64."),
  stringData: optional(4, map(string()), "Text to write into data; never read back."),
  type: optional(3, string(), "What the data is for."),
});
export interface Secret extends ValueIn<typeof schema> {}

export const Secret = resource<Secret>({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  schema,
});
