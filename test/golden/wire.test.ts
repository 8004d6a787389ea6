// The recorded encodings of Kubernetes' objects, JSON and protobuf of the same object: every type must read both, give
// the same object, and write both again byte for byte (JSON but for the order of `kind` and `apiVersion`).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { resources } from "../../src/resources/index.ts";
import { decodeJson } from "../../src/schema/decode.ts";
import { APIGroup, APIVersions } from "../../src/schema/meta/discovery.ts";
import { DeleteOptions } from "../../src/schema/meta/delete-options.ts";
import { CreateOptions, GetOptions, ListOptions, PatchOptions, UpdateOptions } from "../../src/schema/meta/options.ts";
import { STATUS } from "../../src/schema/meta/status-node.ts";
import type { AnyObjectNode } from "../../src/schema/node.ts";
import { decodeObject, encodeObject } from "../../src/schema/protobuf-envelope.ts";
import { writeJson } from "../../src/schema/write.ts";
import { hasReference, REFERENCE, referenceKinds, referenceNode } from "./reference-schema.ts";

const skip = hasReference ? false : "NO REFERENCE DATA beside the checkout: golden encodings are NOT tested";

interface Golden {
  readonly file: string;
  readonly json: string;
  readonly pb: Buffer;
  readonly apiVersion: string;
  readonly kind: string;
}

function goldens(): Golden[] {
  if (!hasReference) return [];
  const folder = new URL("wire/", REFERENCE);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const json = readFileSync(new URL(file, folder), "utf8");
      const { apiVersion, kind } = JSON.parse(json) as { apiVersion: string; kind: string };
      return { file, json, pb: readFileSync(new URL(file.replace(/json$/, "pb"), folder)), apiVersion, kind };
    });
}

function check(node: AnyObjectNode, { json, pb }: Golden): void {
  const { value, problems } = decodeJson(node, json, { strictness: "Strict" });
  assert.deepEqual(problems, [], "every recorded field is known");
  assert.deepEqual(JSON.parse(writeJson(node, value)), JSON.parse(json));
  assert.deepEqual(decodeObject(node, pb), value);
  const written = Buffer.from(encodeObject(node, value as object));
  assert.ok(written.equals(pb), `protobuf differs:\n${written.toString("hex")}\n${pb.toString("hex")}`);
}

/** The types of meta/v1 are recorded as if they were of the core group. */
const META: Readonly<Record<string, AnyObjectNode>> = {
  APIGroup,
  APIVersions,
  CreateOptions,
  DeleteOptions,
  GetOptions,
  ListOptions,
  PatchOptions,
  Status: STATUS,
  UpdateOptions,
};

function ownNode({ apiVersion, kind }: Golden): AnyObjectNode | undefined {
  const [version, group = ""] = apiVersion.split("/").reverse() as [string, string?];
  const resource = resources.find((r) => r.kind === kind && r.group === group && (r.version === version || version in r.versions));
  if (resource !== undefined) return resource.version === version ? resource.schema : resource.versions[version]!.schema;
  return apiVersion === "v1" ? META[kind] : undefined;
}

describe("recorded encodings, by our own schemas", { skip }, () => {
  const own = goldens().flatMap((golden) => {
    const node = ownNode(golden);
    return node === undefined ? [] : [{ golden, node }];
  });
  test("some kinds are found at all", () => assert.ok(own.length >= 20, `only ${own.length}`));
  for (const { golden, node } of own) test(golden.file, () => check(node, golden));
});

describe("recorded encodings, by schemas made of the published facts", { skip }, () => {
  const kinds = referenceKinds();
  const known = goldens().flatMap((golden) => {
    const [version, group = ""] = golden.apiVersion.split("/").reverse() as [string, string?];
    const kind =
      kinds.find((k) => k.kind === golden.kind && k.group === group && k.version === version) ??
      kinds.find((k) => k.kind === golden.kind && k.group === "meta.k8s.io" && version === "v1");
    return kind === undefined ? [] : [{ golden, node: referenceNode(kind.name) }];
  });
  test("most types are found", () => assert.ok(known.length >= 70, `only ${known.length}`));
  for (const { golden, node } of known) test(golden.file, () => check(node, golden));
});
