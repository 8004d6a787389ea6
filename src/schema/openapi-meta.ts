// The definitions of meta/v1 that operations speak of, in both dialects. It refuses to describe kinds of groups.
import { DeleteOptions } from "./meta/delete-options.ts";
import { APIGroup, APIGroupList, APIResourceList, APIVersions } from "./meta/discovery.ts";
import { WatchEvent } from "./meta/options.ts";
import { STATUS } from "./meta/status-node.ts";
import type { AnyObjectNode } from "./node.ts";
import { definitionName } from "./openapi-definitions.ts";
import type { Definitions, GroupVersionKind } from "./openapi-definitions.ts";
import type { Body, MetaName } from "./openapi-operations.ts";

const NODES: Readonly<Partial<Record<MetaName, AnyObjectNode>>> = {
  Status: STATUS,
  DeleteOptions,
  WatchEvent,
  APIGroup,
  APIGroupList,
  APIResourceList,
  APIVersions,
};

/** Kinds that stand in every group version, in the order of the list; the others are in v1 only. */
const EVERYWHERE: ReadonlySet<MetaName> = new Set(["DeleteOptions", "WatchEvent"]);

const INFO_FIELDS = [
  "buildDate",
  "compiler",
  "emulationMajor",
  "emulationMinor",
  "gitCommit",
  "gitTreeState",
  "gitVersion",
  "goVersion",
  "major",
  "minCompatibilityMajor",
  "minCompatibilityMinor",
  "minor",
  "platform",
];
const OPTIONAL_INFO = /^(emulation|minCompatibility)/;

/** Adds the definition of a meta kind; `versions` are the group versions that the document is about. */
export function addMeta(
  definitions: Definitions,
  name: MetaName,
  versions: readonly Omit<GroupVersionKind, "kind">[],
): string {
  const node = NODES[name];
  if (node) {
    const known = definitionName(node.name);
    if (definitions.has(known)) return known;
    const places = EVERYWHERE.has(name) ? versions : [{ group: "", version: "v1" }];
    return definitions.add(
      node,
      places.map(({ group, version }) => ({ group, kind: name, version })),
    );
  }
  if (name === "Patch") {
    return definitions.addPlain(definitionName("k8s.io.apimachinery.pkg.apis.meta.v1.Patch"), {
      description: "A patch, in the format that the Content-Type states.",
      type: "object",
    });
  }
  return definitions.addPlain("io.k8s.apimachinery.pkg.version.Info", {
    description: "Which server this is.",
    type: "object",
    properties: Object.fromEntries(INFO_FIELDS.map((field) => [field, { type: "string" }])),
    required: INFO_FIELDS.filter((field) => !OPTIONAL_INFO.test(field)),
  });
}

/** The definition of a body; undefined for text. */
export function definitionOf(
  definitions: Definitions,
  body: Body,
  versions: readonly Omit<GroupVersionKind, "kind">[],
  gvk?: GroupVersionKind,
): string | undefined {
  switch (body.of) {
    case "text":
      return undefined;
    case "meta":
      return addMeta(definitions, body.name, versions);
    case "kind":
      return definitions.add(body.node);
    case "list":
      return definitions.addList(body.node, { ...gvk!, kind: body.kind });
  }
}
