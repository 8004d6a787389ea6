// What a device must be. It refuses to look at other devices.
import { formatFaults } from "../faults.ts";
import { qualifiedFaults } from "./device-claim-rules.ts";
import type { Device, DeviceAttribute, DeviceTaint } from "./device.ts";
import { fieldInvalid, fieldTooLong, fieldTooMany } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";

const MOST_TEXT = 64;
const MOST_TAINTS = 16;
const MOST_FACTS = 32;
/** Major, minor, patch, pre-release, build: semver.org 2.0.0. */
const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

/** That a taint has an effect is a fact of the field. */
export function* taintFaults({ key, value = "" }: DeviceTaint, path: FieldPath): Generator<FieldError> {
  yield* formatFaults(path.child("key"), key, "qualifiedName");
  if (value !== "") yield* formatFaults(path.child("value"), value, "labelValue");
}

/** That it is of one type is a fact of the object. */
function* attributeFaults({ string: text, version }: DeviceAttribute, path: FieldPath): Generator<FieldError> {
  if (text !== undefined && text.length > MOST_TEXT) yield fieldTooLong(path.child("string"), MOST_TEXT);
  if (version === undefined) return;
  if (!SEMVER.test(version)) {
    yield fieldInvalid(path.child("version"), version, "must be a string compatible with semver.org spec 2.0.0");
  }
  if (version.length > MOST_TEXT) yield fieldTooLong(path.child("version"), MOST_TEXT);
}

export function* deviceFaults(device: Device, path: FieldPath): Generator<FieldError> {
  const { name, attributes = {}, capacity = {}, taints = [] } = device;
  if (name !== "") yield* formatFaults(path.child("name"), name, "dns1123Label");
  for (const [key, attribute] of Object.entries(attributes)) {
    yield* qualifiedFaults(key, path.child("attributes").key(key));
    yield* attributeFaults(attribute, path.child("attributes").key(key));
  }
  for (const key of Object.keys(capacity)) yield* qualifiedFaults(key, path.child("capacity").key(key));
  const facts = Object.keys(attributes).length + Object.keys(capacity).length;
  if (facts > MOST_FACTS) {
    yield fieldInvalid(path, facts, `the total number of attributes and capacities must not exceed ${MOST_FACTS}`);
  }
  if (taints.length > MOST_TAINTS) yield fieldTooMany(path.child("taints"), taints.length, MOST_TAINTS);
  for (const [i, taint] of taints.entries()) yield* taintFaults(taint, path.child("taints").index(i));
}
