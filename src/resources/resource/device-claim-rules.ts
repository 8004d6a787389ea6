// What a claim for devices must say. It refuses to compile expressions, and to know devices.
import { formatFaults } from "../faults.ts";
import type {
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  OpaqueDeviceConfiguration,
  ResourceClaimSpec,
} from "./device-claim.ts";
import {
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";

const MOST_REQUESTS = 32;
const MOST_SELECTORS = 32;
const MOST_ALTERNATIVES = 8;
const MOST_DRIVER = 63;
const MODES = ["All", "ExactCount"];
const OF_CLAIM =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

export function* driverFaults(name: string, path: FieldPath): Generator<FieldError> {
  if (name.length > MOST_DRIVER) yield fieldTooLong(path, MOST_DRIVER);
  if (name !== "") yield* formatFaults(path, name, "dns1123Subdomain");
}

/** Names of attributes and capacities: an identifier, which may stand behind a domain. */
export function* qualifiedFaults(name: string, path: FieldPath): Generator<FieldError> {
  if (name === "") return yield fieldRequired(path, "name required");
  const [domain, identifier, ...more] = name.includes("/") ? name.split("/") : [undefined, name];
  if (more.length > 0)
    return yield fieldInvalid(path, name, "must be a domain and an identifier separated by one slash");
  if (domain !== undefined) {
    if (domain === "") yield fieldRequired(path, "the domain must not be empty");
    else yield* driverFaults(domain, path);
  }
  if (identifier === "" || identifier === undefined) yield fieldRequired(path, "the name must not be empty");
  else {
    if (identifier.length > 32) yield fieldTooLong(path, 32);
    yield* formatFaults(path, identifier, "cIdentifier");
  }
}

export function* selectorsFaults(selectors: readonly DeviceSelector[], path: FieldPath): Generator<FieldError> {
  if (selectors.length > MOST_SELECTORS) yield fieldTooMany(path, selectors.length, MOST_SELECTORS);
}

function* tolerationsFaults(tolerations: readonly DeviceToleration[], path: FieldPath): Generator<FieldError> {
  for (const [i, { key = "", operator, value = "", effect, tolerationSeconds }] of tolerations.entries()) {
    const at = path.index(i);
    if (key !== "") yield* formatFaults(at.child("key"), key, "qualifiedName");
    if (operator === "Exists" && value !== "")
      yield fieldInvalid(at.child("value"), value, "must be empty for operator `Exists`");
    if (operator === "Equal") {
      if (key === "") yield fieldRequired(at.child("key"), "required for operator `Equal`");
      yield* formatFaults(at.child("value"), value, "labelValue");
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      yield fieldInvalid(at.child("effect"), effect, "must be 'NoExecute' when tolerationSeconds is set");
    }
  }
}

function* wantedFaults(wanted: DeviceSubRequest | ExactDeviceRequest, path: FieldPath): Generator<FieldError> {
  const { deviceClassName, selectors = [], allocationMode = "", count = 0, tolerations = [] } = wanted;
  if (deviceClassName !== "") yield* formatFaults(path.child("deviceClassName"), deviceClassName, "dns1123Subdomain");
  yield* selectorsFaults(selectors, path.child("selectors"));
  if (allocationMode === "All") {
    if (count !== 0)
      yield fieldInvalid(path.child("count"), count, "must not be specified when allocationMode is 'All'");
  } else if (allocationMode === "ExactCount") {
    if (count <= 0) yield fieldInvalid(path.child("count"), count, "must be greater than zero");
  } else yield fieldNotSupported(path.child("allocationMode"), allocationMode, MODES);
  yield* tolerationsFaults(tolerations, path.child("tolerations"));
}

function* requestFaults({ name, exactly, firstAvailable = [] }: DeviceRequest, path: FieldPath): Generator<FieldError> {
  if (name !== "") yield* formatFaults(path.child("name"), name, "dns1123Label");
  const one = "exactly one of `exactly` or `firstAvailable` is required";
  if (exactly === undefined && firstAvailable.length === 0) yield fieldRequired(path, one);
  if (exactly !== undefined && firstAvailable.length > 0) {
    yield fieldInvalid(path, undefined, `${one}, but multiple fields are set`);
  }
  if (exactly !== undefined) yield* wantedFaults(exactly, path.child("exactly"));
  const at = path.child("firstAvailable");
  if (firstAvailable.length > MOST_ALTERNATIVES) yield fieldTooMany(at, firstAvailable.length, MOST_ALTERNATIVES);
  for (const [i, alternative] of firstAvailable.entries()) {
    if (alternative.name !== "") yield* formatFaults(at.index(i).child("name"), alternative.name, "dns1123Label");
    if (firstAvailable.findIndex((other) => other.name === alternative.name) !== i) {
      yield fieldDuplicate(at.index(i).child("name"), alternative.name);
    }
    yield* wantedFaults(alternative, at.index(i));
  }
}

/** Names of requests, and of their alternatives behind a slash. */
const namesOf = (requests: readonly DeviceRequest[]): ReadonlySet<string> =>
  new Set(
    requests.flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((sub) => `${name}/${sub.name}`)]),
  );

function* referencesFaults(
  requests: readonly string[],
  names: ReadonlySet<string>,
  path: FieldPath,
): Generator<FieldError> {
  for (const [i, name] of requests.entries()) {
    if (!names.has(name)) yield fieldInvalid(path.index(i), name, OF_CLAIM);
    if (requests.indexOf(name) !== i) yield fieldDuplicate(path.index(i), name);
  }
}

/** What a driver is told is an object of its own. */
export function* opaqueFaults(opaque: OpaqueDeviceConfiguration | undefined, path: FieldPath): Generator<FieldError> {
  const at = path.child("opaque");
  if (opaque === undefined) return yield fieldRequired(at, "exactly one of `opaque` must be specified");
  yield* driverFaults(opaque.driver, at.child("driver"));
  if (opaque.parameters === undefined || Object.keys(opaque.parameters).length === 0) {
    yield fieldRequired(at.child("parameters"));
  }
}

export function* claimFaults({ devices }: ResourceClaimSpec, path: FieldPath): Generator<FieldError> {
  const { requests = [], constraints = [], config = [] } = devices;
  const at = path.child("devices");
  const names = namesOf(requests);
  for (const [list, count] of Object.entries({ requests, constraints, config })) {
    if (count.length > MOST_REQUESTS) yield fieldTooMany(at.child(list), count.length, MOST_REQUESTS);
  }
  for (const [i, request] of requests.entries()) {
    const place = at.child("requests").index(i);
    yield* requestFaults(request, place);
    if (requests.findIndex(({ name }) => name === request.name) !== i)
      yield fieldDuplicate(place.child("name"), request.name);
  }
  for (const [i, constraint] of constraints.entries()) {
    const place = at.child("constraints").index(i);
    yield* referencesFaults(constraint.requests ?? [], names, place.child("requests"));
    const { matchAttribute, distinctAttribute } = constraint;
    if (matchAttribute === undefined && distinctAttribute === undefined) {
      yield fieldRequired(place, "exactly one of `matchAttribute` or `distinctAttribute` is required");
    }
    if (matchAttribute !== undefined) yield* attributeFaults(matchAttribute, place.child("matchAttribute"));
    if (distinctAttribute !== undefined) yield* attributeFaults(distinctAttribute, place.child("distinctAttribute"));
  }
  for (const [i, one] of config.entries()) {
    const place = at.child("config").index(i);
    yield* referencesFaults(one.requests ?? [], names, place.child("requests"));
    yield* opaqueFaults(one.opaque, place);
  }
}

function* attributeFaults(name: string, path: FieldPath): Generator<FieldError> {
  yield* qualifiedFaults(name, path);
  if (name !== "" && !name.includes("/")) yield fieldInvalid(path, name, "must include a domain");
}
