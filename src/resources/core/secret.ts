// Secret: bytes that are not for everybody. It refuses to know who mounts it.
import { boolean, bytes, map, object, optional, pointer, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { checkJSON, JSONSyntaxError } from "../../base/json-syntax.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldForbidden, fieldInvalid, fieldRequired, fieldTooLong } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";

const schema = object(
  "k8s.io.api.core.v1.Secret",
  {
    ...typeMeta,
    metadata,
    immutable: pointer(5, boolean(), "Once true, data and this field can no longer change."),
    data: optional(2, map(bytes(), { keyFormat: "configMapKey" }), "Secret bytes under keys, as base64."),
    stringData: optional(4, map(string()), "Text to write into data; never read back."),
    type: optional(3, string(), "What the data is for.", { default: "Opaque", immutable: true }),
  },
  { doc: "Data that only those who need it should see: passwords, tokens, keys." },
);
export interface Secret extends ValueIn<typeof schema> {}

/** Types that Kubernetes itself knows. */
export const SERVICE_ACCOUNT_TOKEN = "kubernetes.io/service-account-token";
export const DOCKER_CONFIG = "kubernetes.io/dockercfg";
export const DOCKER_CONFIG_JSON = "kubernetes.io/dockerconfigjson";
export const BASIC_AUTH = "kubernetes.io/basic-auth";
export const SSH_AUTH = "kubernetes.io/ssh-auth";
export const TLS = "kubernetes.io/tls";

/** Whose token a Secret of that type holds. */
export const SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name";

/** The most that the values of a Secret may hold together, in bytes. */
const MOST_BYTES = 1024 * 1024;
const DATA = FieldPath.of("data");

/** Bytes as stored, not their base64. */
const dataWithinLimits: Rule<Secret> = function* ({ data = {} }) {
  const total = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, "base64"), 0);
  if (total > MOST_BYTES) yield fieldTooLong(DATA, MOST_BYTES);
};

/** Types that Kubernetes reads itself must hold what it will look for. */
const dataFitsType: Rule<Secret> = function* ({ metadata, data = {}, type }) {
  switch (type) {
    case SERVICE_ACCOUNT_TOKEN:
      if (!metadata.annotations?.[SERVICE_ACCOUNT_NAME]) {
        yield fieldRequired(FieldPath.of("metadata", "annotations").key(SERVICE_ACCOUNT_NAME));
      }
      break;
    case DOCKER_CONFIG:
      yield* jsonFaults(data, ".dockercfg");
      break;
    case DOCKER_CONFIG_JSON:
      yield* jsonFaults(data, ".dockerconfigjson");
      break;
    case BASIC_AUTH:
      // One of the two is enough.
      if (data["username"] !== undefined || data["password"] !== undefined) break;
      yield fieldRequired(DATA.key("username"));
      yield fieldRequired(DATA.key("password"));
      break;
    case SSH_AUTH:
      if (!data["ssh-privatekey"]) yield fieldRequired(DATA.key("ssh-privatekey"));
      break;
    case TLS:
      for (const key of ["tls.crt", "tls.key"]) if (data[key] === undefined) yield fieldRequired(DATA.key(key));
      break;
    default:
  }
};

/** The value must be JSON. Its content stays out of the message. */
function* jsonFaults(data: Readonly<Record<string, string>>, key: string): Generator<FieldError> {
  const value = data[key];
  if (value === undefined) return yield fieldRequired(DATA.key(key));
  try {
    checkJSON(Buffer.from(value, "base64").toString());
  } catch (error) {
    if (!(error instanceof JSONSyntaxError)) throw error;
    yield fieldInvalid(DATA.key(key), "<secret contents redacted>", error.message);
  }
}

/** As for ConfigMaps: the promise lets kubelets stop watching, so that it cannot be taken back. */
const immutableStays: Rule<Secret> = function* (secret, { old }) {
  if (!old?.immutable) return;
  const why = "field is immutable when `immutable` is set";
  if (!secret.immutable) yield fieldForbidden(FieldPath.of("immutable"), why);
  if (!equalJson(secret.data ?? {}, old.data ?? {})) yield fieldForbidden(DATA, why);
};

/** stringData is for writing: it ends up in data and wins over what is there. */
function prepare(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  return encoded.length === 0 ? rest : { ...rest, data: { ...rest.data, ...Object.fromEntries(encoded) } };
}

export const Secret = resource<Secret>({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  schema,
  selectableFields: { type: ({ type }) => type ?? "" },
  columns: [
    nameColumn,
    { name: "Type", type: "string", doc: "What the data is for.", cell: ({ type }) => type ?? "" },
    {
      name: "Data",
      type: "string",
      doc: "How many keys there are.",
      cell: ({ data = {} }) => Object.keys(data).length,
    },
    ageColumn,
  ],
  prepare,
  rules: [dataWithinLimits, dataFitsType, immutableStays],
});
