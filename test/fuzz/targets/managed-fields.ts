// metadata.managedFields as a client sends it (schema/managed-fields): entries, and sets in the form of FieldsV1.
import assert from "node:assert/strict";
import { parseJSON } from "../../../src/base/json-strict.ts";
import { JSONSyntaxError } from "../../../src/base/json-syntax.ts";
import { decodeValue, DecodeError } from "../../../src/schema/decode.ts";
import { isJsonObject } from "../../../src/schema/freeze.ts";
import { ManagedFieldsError, readOwners, writeOwners } from "../../../src/schema/managed-fields/entries.ts";
import { sameSet } from "../../../src/schema/managed-fields/field-set.ts";
import { parseFieldsV1, printFieldsV1 } from "../../../src/schema/managed-fields/fields-v1.ts";
import { removeFields, withAtomicsWhole, withNamedFields } from "../../../src/schema/managed-fields/remove.ts";
import { ObjectMeta } from "../../../src/schema/meta/object-meta.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";
import { SMALL_OBJECTS } from "./decode.ts";
import { kinds } from "./kinds.ts";

const pod = kinds.find(({ kind }) => kind === "Pod")!.schema;

export const fieldsV1: Target = {
  name: "fields-v1",
  text: true,
  words: [
    '".":{}',
    '"f:a":{}',
    '"k:{\\"name\\":\\"c\\"}":{',
    '"v:\\"x\\"":{}',
    '"i:0":{}',
    '"f:spec":{',
    '"f:containers":{',
    '"k:{',
    '"v:',
    '"f:"',
  ],
  seeds: () => [
    '{"f:metadata":{"f:labels":{".":{},"f:a":{}}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"c\\"}":{".":{},"f:image":{},"f:ports":{"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{}}}}}}',
    '{"v:\\"a\\"":{},"i:3":{},"f:x":null}',
  ],
  allows: only(JSONSyntaxError, SyntaxError),
  run(input) {
    const value = parseJSON(input.toString("utf8"));
    if (!isJsonObject(value)) return "no object";
    const set = parseFieldsV1(value);
    const again = parseFieldsV1(JSON.parse(JSON.stringify(printFieldsV1(set))) as typeof value);
    assert.ok(sameSet(set, again), "what is printed is read as the same set");
    // Whatever a set names, taking it out of an object takes no more than that.
    removeFields(pod, SMALL_OBJECTS[0], withAtomicsWhole(pod, withNamedFields(pod, set)));
    return String(set.size);
  },
};

export const managedFields: Target = {
  name: "managed-fields",
  text: true,
  words: [
    '"manager":"a"',
    '"operation":"Apply"',
    '"operation":"Update"',
    '"apiVersion":"v1"',
    '"fieldsType":"FieldsV1"',
    '"fieldsV1":{',
    '"time":"2026-01-01T00:00:00Z"',
    '"subresource":"status"',
  ],
  seeds: () => [
    '{"managedFields":[{"manager":"a","operation":"Apply","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}},{"manager":"b","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{}},"subresource":"status"}]}',
  ],
  allows: only(ManagedFieldsError, DecodeError, JSONSyntaxError),
  run(input) {
    const { value } = decodeValue(ObjectMeta, parseJSON(input.toString("utf8")));
    const owners = readOwners((value as ObjectMeta).managedFields);
    const entries = writeOwners(owners);
    assert.deepEqual(writeOwners(readOwners(entries)), entries, "what is written is read as the same owners");
    return String(owners.size);
  },
};
