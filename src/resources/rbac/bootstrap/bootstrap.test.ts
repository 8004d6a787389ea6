// The bootstrap policy as a whole: nothing dangles, and it is still what a v1.37.2 server makes (by digest).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import type { KubeObject } from "../../../schema/resource.ts";
import { clusterRoleBindings, CONTROLLERS } from "./bindings.ts";
import { clusterRoles } from "./cluster-roles.ts";
import { roleBindings, roles } from "./namespaced.ts";

const key = (object: KubeObject) => `${object.metadata.namespace ?? ""}/${object.metadata.name}`;

/** Keys sorted at every depth, objects by name: the order in which we write things does not count. */
function digest(objects: readonly KubeObject[]): string {
  const sorted = (_: string, value: unknown): unknown =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  const byKey = [...objects].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(byKey, sorted)).digest("hex").slice(0, 16);
}

describe("bootstrap policy", () => {
  it("has every role once", () => {
    for (const list of [clusterRoles, clusterRoleBindings, roles, roleBindings]) {
      assert.equal(new Set(list.map(key)).size, list.length);
    }
  });

  it("binds only roles that exist", () => {
    const names = new Set(clusterRoles.map((role) => role.metadata.name));
    for (const { roleRef } of clusterRoleBindings) assert.ok(names.has(roleRef.name), roleRef.name);
    const keys = new Set(roles.map(key));
    for (const { metadata, roleRef } of roleBindings) assert.ok(keys.has(`${metadata.namespace}/${roleRef.name}`));
    for (const name of CONTROLLERS) assert.ok(names.has(`system:controller:${name}`), name);
  });

  it("has the content recorded from a server: 73, 54, 7 and 7 objects", () => {
    // These digests were taken when all objects had been found equal to the recorded ones.
    assert.deepEqual(
      [clusterRoles, clusterRoleBindings, roles, roleBindings].map((list) => [list.length, digest(list)]),
      [
        [73, "5f04ee5cb4cef033"],
        [54, "14ad3455cf896842"],
        [7, "d175bf53cf9664d5"],
        [7, "85cc580e6854af88"],
      ],
    );
  });
});
