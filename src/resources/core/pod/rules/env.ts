// Environment variables: each has a name and at most one source. It refuses to look the sources up.
import { canonicalQuantity } from "../../../../base/quantity.ts";
import { fieldInvalid, fieldNotSupported, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector } from "../env.ts";
import { formatFaults } from "../../../faults.ts";
import { withoutBacksteps } from "./spec-rule.ts";

/** Fields of a pod that a variable can show. */
const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
/** Fields of a pod that have a name at all; which of them may be used depends on the place. */
const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  "metadata.annotations",
  "metadata.labels",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);

/** A reference to a field of the pod; `allowed` are those that make sense in this place. */
export function* fieldRefFaults(
  { apiVersion, fieldPath }: ObjectFieldSelector,
  allowed: readonly string[],
  path: FieldPath,
): Generator<FieldError> {
  if (!apiVersion) return yield fieldRequired(path.child("apiVersion"));
  if (!fieldPath) return yield fieldRequired(path.child("fieldPath"));
  const at = path.child("fieldPath");
  const [, base, subscript] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  const problem =
    apiVersion !== "v1"
      ? `unsupported pod version: ${apiVersion}`
      : KNOWN_FIELDS.has(base ?? fieldPath) || fieldPath === "spec.host"
        ? ""
        : `field label not supported: ${base ?? fieldPath}`;
  if (problem) return yield fieldInvalid(at, fieldPath, `error converting fieldPath: ${problem}`);
  if (base === undefined || subscript === undefined) {
    const name = fieldPath === "spec.host" ? "spec.nodeName" : fieldPath;
    if (!allowed.includes(name)) yield fieldNotSupported(at, name, allowed);
  } else if (base === "metadata.annotations") yield* formatFaults(path, subscript.toLowerCase(), "qualifiedName");
  else if (base === "metadata.labels") yield* formatFaults(path, subscript, "qualifiedName");
  else yield fieldInvalid(path, base, "does not support subscript");
}

const BYTE_DIVISORS = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
/** Resources that can be shown, with the units they can be shown in and their name in messages. */
const SHOWN_RESOURCES = [
  { resource: "cpu", divisors: ["1m", "1"], name: "cpu", list: "1m and 1" },
  { resource: "memory", divisors: BYTE_DIVISORS, name: "memory", list: BYTE_DIVISORS.join(", ") },
  {
    resource: "ephemeral-storage",
    divisors: BYTE_DIVISORS,
    name: "local ephemeral storage",
    list: BYTE_DIVISORS.join(", "),
  },
];
const RESOURCE_FIELDS = SHOWN_RESOURCES.flatMap(({ resource }) => [`limits.${resource}`, `requests.${resource}`]);

/** A reference to a limit or request; in a volume it has to name the container. */
export function* resourceRefFaults(
  ref: ResourceFieldSelector,
  path: FieldPath,
  inVolume: boolean,
): Generator<FieldError> {
  const { containerName, resource, divisor } = ref;
  // The unit is judged even where the rest is missing.
  if (inVolume && !containerName) yield fieldRequired(path.child("containerName"));
  else if (!resource) yield fieldRequired(path.child("resource"));
  const [, name = ""] = /^(?:limits|requests)\.(.*)$/.exec(resource ?? "") ?? [];
  const huge = name.startsWith("hugepages-");
  const named = resource && (!inVolume || containerName);
  if (named && !RESOURCE_FIELDS.includes(resource) && !huge) {
    yield fieldNotSupported(path.child("resource"), resource, RESOURCE_FIELDS);
  }
  const unit = canonicalQuantity(divisor || "0");
  if (unit === "0") return;
  const shown = huge
    ? { divisors: BYTE_DIVISORS, name: "hugepages", list: BYTE_DIVISORS.join(", ") }
    : SHOWN_RESOURCES.find((one) => one.resource === name);
  if (shown && !shown.divisors.includes(unit)) {
    const why = `only divisor's values ${shown.list} are supported with the ${shown.name} resource`;
    yield fieldInvalid(path.child("divisor"), resource, why);
  }
}

function* keyRefFaults(
  ref: { readonly name?: string | undefined; readonly key: string },
  path: FieldPath,
): Generator<FieldError> {
  yield* formatFaults(path.child("name"), ref.name ?? "", "dns1123Subdomain");
  if (!ref.key) yield fieldRequired(path.child("key"));
  else yield* formatFaults(path.child("key"), ref.key, "configMapKey");
}

const SOURCES = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] as const;

function* valueFromFaults(from: EnvVarSource, value: string | undefined, path: FieldPath): Generator<FieldError> {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = from;
  if (fieldRef) yield* fieldRefOrSubscript(fieldRef, path.child("fieldRef"));
  if (resourceFieldRef) yield* resourceRefFaults(resourceFieldRef, path.child("resourceFieldRef"), false);
  if (configMapKeyRef) yield* keyRefFaults(configMapKeyRef, path.child("configMapKeyRef"));
  if (secretKeyRef) yield* keyRefFaults(secretKeyRef, path.child("secretKeyRef"));
  if (fileKeyRef) {
    const at = path.child("fileKeyRef");
    if (!fileKeyRef.key) yield fieldRequired(at.child("key"));
    else yield* formatFaults(at.child("key"), fileKeyRef.key, "relaxedEnvVarName");
    if (!fileKeyRef.volumeName) yield fieldRequired(at.child("volumeName"));
    else yield* formatFaults(at.child("volumeName"), fileKeyRef.volumeName, "dns1123Label");
    if (!fileKeyRef.path) yield fieldRequired(at.child("path"));
    else yield* withoutBacksteps(at.child("path"), fileKeyRef.path);
  }
  const count = SOURCES.filter((name) => from[name] !== undefined).length;
  if (count === 0) {
    const names = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    yield fieldInvalid(path, "", `must specify one of: ${names}`);
  } else if (value) yield fieldInvalid(path, "", "may not be specified when `value` is not empty");
  else if (count > 1) yield fieldInvalid(path, "", "may not have more than one field specified at a time");
}

/** Labels and annotations can be shown one at a time. */
const fieldRefOrSubscript = (ref: ObjectFieldSelector, path: FieldPath) => fieldRefFaults(ref, ENV_FIELDS, path);

export function* envFaults(env: readonly EnvVar[] | undefined, path: FieldPath): Generator<FieldError> {
  for (const [i, { name, value, valueFrom }] of (env ?? []).entries()) {
    const at = path.index(i);
    if (!name) yield fieldRequired(at.child("name"));
    else yield* formatFaults(at.child("name"), name, "relaxedEnvVarName");
    if (valueFrom) yield* valueFromFaults(valueFrom, value, at.child("valueFrom"));
  }
}

export function* envFromFaults(sources: readonly EnvFromSource[] | undefined, path: FieldPath): Generator<FieldError> {
  for (const [i, { prefix, configMapRef, secretRef }] of (sources ?? []).entries()) {
    if (prefix) yield* formatFaults(path.index(i).child("prefix"), prefix, "relaxedEnvVarName");
    for (const [field, ref] of Object.entries({ configMapRef, secretRef })) {
      if (ref?.name) yield* formatFaults(path.index(i).child(field, "name"), ref.name, "dns1123Subdomain");
    }
    if (!configMapRef && !secretRef) {
      yield fieldInvalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
    } else if (configMapRef && secretRef) {
      yield fieldInvalid(path, "", "may not have more than one field specified at a time");
    }
  }
}
