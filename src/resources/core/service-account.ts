// ServiceAccount: the identity of pods. It refuses to sign: tokens are the API server's.
import { boolean, listAtomic, listMap, object, optional, pointer } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";

import { ObjectReference } from "./object-reference.ts";
import { LocalObjectReference } from "./pod/reference.ts";

import { command, resource } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";

const schema = object(
  "k8s.io.api.core.v1.ServiceAccount",
  {
    ...typeMeta,
    metadata,
    secrets: optional(2, listMap(ObjectReference, ["name"]), "Secrets that its pods may use.", {
      merge: { strategy: ["merge"], key: "name" },
    }),
    imagePullSecrets: optional(3, listAtomic(LocalObjectReference), "Secrets with which its pods pull images."),
    automountServiceAccountToken: pointer(4, boolean(), "Whether its pods get a token by default."),
  },
  { doc: "An identity for processes in pods." },
);
export interface ServiceAccount extends ValueIn<typeof schema> {}

/** Of the secrets only names count. */
function prepare(account: ServiceAccount): ServiceAccount {
  if (!account.secrets) return account;
  return { ...account, secrets: account.secrets.map(({ name }) => (name === undefined ? {} : { name })) };
}

export const ServiceAccount = resource<ServiceAccount>({
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  shortNames: ["sa"],
  scope: "Namespaced",
  schema,
  subresources: {
    token: command("token", ["create"], { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" }),
  },
  deletion: { returns: "object", propagation: "Background" },
  columns: [nameColumn, ageColumn],
  prepare,
});
