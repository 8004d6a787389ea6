// What a container may ask for: names of resources, amounts, requests against limits. It refuses to know what nodes
// have.
import { compareQuantity, quantity } from "../../../../base/quantity.ts";
import {
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldRequired,
  fieldDuplicate,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { formats } from "../../../../base/formats.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { ResourceClaim, ResourceRequirements } from "../resources.ts";
import { formatFaults } from "../../../faults.ts";

const CONTAINER_RESOURCES = ["cpu", "memory", "ephemeral-storage"];
/** Names without a domain that quotas and the like know; containers know fewer. */
const STANDARD_RESOURCES = [
  ...CONTAINER_RESOURCES,
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "requests.storage",
  "services.nodeports",
  "services.loadbalancers",
];
const isHuge = (name: string) => name.startsWith("hugepages-");
const isNative = (name: string) => !name.includes("/") || name.includes("kubernetes.io/");
/** A quota must be able to name it too. */
const isExtended = (name: string) =>
  !isNative(name) && !name.startsWith("requests.") && formats.qualifiedName(`requests.${name}`).length === 0;
/** More may be promised than there is, because it can be throttled or taken back. */
const isOvercommittable = (name: string) => isNative(name) && !isHuge(name);

/** Names without a domain are a closed set; others must be qualified. */
export function* standardNameFaults(name: string, path: FieldPath): Generator<FieldError> {
  const wrong = [...formatFaults(path, name, "qualifiedName")];
  if (wrong.length > 0) return yield* wrong;
  if (name.includes("/") || STANDARD_RESOURCES.includes(name)) return;
  if (isHuge(name) || name.startsWith("requests.hugepages-")) return;
  yield fieldInvalid(path, name, "must be a standard resource type or fully qualified");
}

export function* resourceNameFaults(name: string, path: FieldPath): Generator<FieldError> {
  yield* standardNameFaults(name, path);
  if (!name.includes("/")) {
    if (!CONTAINER_RESOURCES.includes(name) && !isHuge(name)) {
      yield fieldInvalid(path, name, "must be a standard resource for containers");
    }
  } else if (!isNative(name) && !isExtended(name)) {
    yield fieldInvalid(path, name, "doesn't follow extended resource name standard");
  }
}

export function* amountFaults(name: string, text: string, path: FieldPath): Generator<FieldError> {
  const amount = quantity(text);
  if (amount.sign() < 0) yield fieldInvalid(path, amount.toString(), "must be greater than or equal to 0");
  if (isExtended(name) && amount.milliValue() % 1000 !== 0)
    yield fieldInvalid(path, amount.toString(), "must be an integer");
}

function* hugePageFaults(name: string, text: string, path: FieldPath): Generator<FieldError> {
  const amount = quantity(text);
  const size = quantity(name.slice("hugepages-".length));
  if (!size.isZero() && amount.value() % size.value() !== 0) {
    yield fieldInvalid(path, amount.toString(), `${amount.toString()} is not positive integer multiple of ${name}`);
  }
}

/** A request against its limit. `path` is that of the resources. */
function* requestFaults(
  name: string,
  request: string,
  limit: string | undefined,
  path: FieldPath,
): Generator<FieldError> {
  const amount = quantity(request).toString();
  if (limit === undefined) {
    if (!isOvercommittable(name)) {
      yield fieldRequired(path.child("limits"), "Limit must be set for non overcommitable resources");
    }
    return;
  }
  const order = compareQuantity(request, limit);
  const shown = quantity(limit).toString();
  if (order !== 0 && !isOvercommittable(name)) {
    yield fieldInvalid(path.child("requests"), amount, `must be equal to ${name} limit of ${shown}`);
  } else if (order > 0) {
    yield fieldInvalid(path.child("requests"), amount, `must be less than or equal to ${name} limit of ${shown}`);
  }
}

function* claimFaults(
  claims: readonly ResourceClaim[] | undefined,
  podClaims: readonly string[],
  path: FieldPath,
): Generator<FieldError> {
  const seen = new Set<string>();
  for (const [i, { name, request }] of (claims ?? []).entries()) {
    const at = path.index(i);
    if (!name) {
      yield fieldRequired(at);
      continue;
    }
    const key = request ? `${name}/${request}` : name;
    if (seen.has(name) || seen.has(key)) yield fieldDuplicate(at, key);
    else if (request) yield* formatFaults(at.child("request"), request, "dns1123Label");
    seen.add(key);
    if (podClaims.includes(name)) continue;
    const error = fieldNotFound(at, name);
    const names = podClaims.length ? `: ${[...podClaims].sort().join(", ")}` : " which is empty";
    yield { ...error, body: `${error.body}: must be one of the names in pod.spec.resourceClaims${names}` };
  }
}

/** Entries by name: upstream's order is that of a Go map, which is none; a sorted one can be relied on. */
export const sortedEntries = (
  list: Readonly<Record<string, string>> | undefined,
): readonly (readonly [string, string])[] => Object.entries(list ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

type NameFaults = (name: string, path: FieldPath) => Iterable<FieldError>;

/** Limits, and requests against them. `named` judges what may be asked for in this place. */
export function* amountsFaults(
  { limits, requests }: Pick<ResourceRequirements, "limits" | "requests">,
  named: NameFaults,
  path: FieldPath,
): Generator<FieldError> {
  for (const [name, amount] of sortedEntries(limits)) {
    const at = path.child("limits").key(name);
    yield* named(name, at);
    yield* amountFaults(name, amount, at);
    if (isHuge(name)) yield* hugePageFaults(name, amount, at);
  }
  for (const [name, amount] of sortedEntries(requests)) {
    const at = path.child("requests").key(name);
    yield* named(name, at);
    yield* amountFaults(name, amount, at);
    yield* requestFaults(name, amount, limits?.[name], path);
    if (isHuge(name)) yield* hugePageFaults(name, amount, at);
  }
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (names.some(isHuge) && !names.includes("cpu") && !names.includes("memory")) {
    yield fieldForbidden(path, "HugePages require cpu or memory");
  }
}

export function* resourceFaults(
  resources: ResourceRequirements | undefined,
  podClaims: readonly string[],
  path: FieldPath,
): Generator<FieldError> {
  if (!resources) return;
  yield* amountsFaults(resources, resourceNameFaults, path);
  yield* claimFaults(resources.claims, podClaims, path.child("claims"));
}
