// Every kind's place in the API against the recorded server: columns of tables, names, verbs and subresources in
// discovery, their order; and the objects of the bootstrap policy. It refuses to compare schemas (facts.test.ts does).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { bootstrapObjects } from "../../src/resources/bootstrap.ts";
import { resources } from "../../src/resources/index.ts";
import { flowSchemas, priorityLevels } from "../../src/resources/flowcontrol/bootstrap.ts";
import { clusterRoleBindings } from "../../src/resources/rbac/bootstrap/bindings.ts";
import { clusterRoles } from "../../src/resources/rbac/bootstrap/cluster-roles.ts";
import { roleBindings, roles } from "../../src/resources/rbac/bootstrap/namespaced.ts";
import type { KubeObject, Resource } from "../../src/schema/resource.ts";
import { hasReference, REFERENCE } from "./reference-schema.ts";

const skip = hasReference ? false : "NO REFERENCE DATA beside the checkout: kinds are NOT compared";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, REFERENCE), "utf8")) as T;

interface Discovered {
  readonly resource: string;
  readonly singular: string;
  readonly scope: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string; readonly verbs: readonly string[] }[];
}

interface Groups {
  readonly groups: readonly {
    readonly group: string;
    readonly versions: readonly { readonly version: string; readonly resources: readonly Discovered[] }[];
  }[];
}

interface Tables {
  readonly tables: readonly {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
    readonly columns: readonly {
      readonly name: string;
      readonly type: string;
      readonly format: string;
      readonly priority: number;
    }[];
  }[];
}

const SCALE_VERBS = ["get", "patch", "update"];

/** A kind as discovery shows it. */
const discovered = (r: Resource): Discovered => ({
  resource: r.plural,
  singular: r.singular,
  scope: r.scope,
  verbs: [...r.verbs].sort(),
  shortNames: r.shortNames,
  categories: r.categories,
  subresources: Object.entries(r.subresources)
    .map(([subresource, s]) => ({ subresource, verbs: [...(s.type === "scale" ? SCALE_VERBS : s.verbs)].sort() }))
    .sort((a, b) => (a.subresource < b.subresource ? -1 : 1)),
});

describe("kinds", { skip }, () => {
  const { groups } = skip ? { groups: [] } : read<Groups>("discovery.json");
  const all = groups.flatMap(({ group, versions }) =>
    versions.flatMap(({ version, resources: list }) =>
      list.map((found) => ({ key: `${group}/${version}/${found.resource}`, found })),
    ),
  );
  const keyOf = ({ group, version, plural }: Resource) => `${group}/${version}/${plural}`;

  for (const resource of resources) {
    test(`${keyOf(resource)} in discovery`, () => {
      const found = all.find(({ key }) => key === keyOf(resource))?.found;
      assert.ok(found, "a recorded server serves it");
      const plain = ({
        subresources = [],
        shortNames = [],
        categories = [],
        resource: name,
        singular,
        scope,
        verbs,
      }: Discovered) => ({
        ...{ name, singular, scope, shortNames, categories, verbs },
        subresources: subresources.map(({ subresource, verbs: own }) => `${subresource}: ${own.join()}`),
      });
      assert.deepEqual(plain(discovered(resource)), plain(found));
    });
  }

  test("stand in the order of discovery", () => {
    const places = resources.map((resource) => all.findIndex(({ key }) => key === keyOf(resource)));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
  });

  const { tables } = skip ? { tables: [] } : read<Tables>("columns.json");
  for (const resource of resources.filter(({ verbs }) => verbs.includes("list"))) {
    test(`${keyOf(resource)} in tables`, () => {
      const found = tables.find((table) => `${table.group}/${table.version}/${table.resource}` === keyOf(resource));
      const columns = resource.columns.map(({ name, type, format = "", priority = 0 }) => ({
        name,
        type,
        format,
        priority,
      }));
      assert.deepEqual(columns, found?.columns);
    });
  }
});

/** Without what every object has, and what recorded ones show as null. */
function bare(object: KubeObject): object {
  const { apiVersion: _, kind: __, ...rest } = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
}

const keyed = (objects: readonly KubeObject[]) =>
  Object.fromEntries(
    objects.map((object) => [`${object.metadata.namespace ?? ""}/${object.metadata.name}`, bare(object)]),
  );

describe("bootstrap objects", { skip }, () => {
  const policy = skip ? {} : read<Readonly<Record<string, readonly KubeObject[]>>>("rbac.json");
  const ours = {
    ClusterRole: clusterRoles,
    ClusterRoleBinding: clusterRoleBindings,
    Role: roles,
    RoleBinding: roleBindings,
  };
  for (const [kind, objects] of Object.entries(ours)) {
    test(`${kind}: all of the recorded ones`, () => assert.deepEqual(keyed(objects), keyed(policy[kind] ?? [])));
  }

  const { objects: recorded } = skip ? { objects: [] } : read<{ objects: readonly KubeObject[] }>("bootstrap.json");
  for (const kind of ["Namespace", "PriorityClass", "APIService"]) {
    test(`${kind}: the same names and specs as recorded`, () => {
      const spec = (object: KubeObject) => {
        const {
          metadata,
          status: _,
          spec: own,
          ...rest
        } = bare(object) as Record<string, unknown> & { metadata: KubeObject["metadata"] };
        // Namespaces get their finalizer and label when they are made.
        return [metadata.name, kind === "Namespace" ? {} : own, rest, kind === "Namespace" ? {} : metadata.labels];
      };
      const made = bootstrapObjects.filter(({ resource }) => resource.kind === kind).map(({ object }) => spec(object));
      const wanted = new Map(
        recorded.filter((object) => object.kind === kind).map((object) => [object.metadata.name, spec(object)]),
      );
      assert.ok(made.length > 0);
      for (const one of made) assert.deepEqual(one, wanted.get(one[0] as string));
    });
  }

  for (const [kind, objects] of [
    ["FlowSchema", flowSchemas],
    ["PriorityLevelConfiguration", priorityLevels],
  ] as const) {
    test(`${kind}: all of the recorded ones`, () => {
      const spec = (object: KubeObject) => [object.metadata.annotations, (bare(object) as { spec: object }).spec];
      const keyedSpecs = (all: readonly KubeObject[]) =>
        Object.fromEntries(all.map((object) => [object.metadata.name, spec(object)]));
      assert.deepEqual(keyedSpecs(objects), keyedSpecs(recorded.filter((object) => object.kind === kind)));
    });
  }
});
