// The kinds that are served, by group, version and plural, each with its cache. It refuses to be global: a server has one.
//
// Three forms of an object meet here: as asked (the version in the URL), as worked on (the version whose defaults, rules
// and admission apply) and as stored. For nearly every kind all three are the same and nothing is converted.
import { applyDefaults } from "../schema/default.ts";
import { decodeValue, DecodeError } from "../schema/decode.ts";
import { decodeStoredRepeated } from "../schema/decode-repeated.ts";
import { fieldInvalid } from "../schema/meta/field-error.ts";
import { FieldPath } from "../schema/meta/path.ts";
import { badRequest, invalid } from "../schema/meta/status.ts";
import { encodeJson } from "../schema/write.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import type { AnyObjectNode, JsonObject } from "../schema/node.ts";
import { Conversion } from "./conversion/conversion.ts";
import type { Versions } from "./conversion/conversion.ts";
import type { Feed } from "./watch-cache/feed.ts";
import { formOf, hasHead } from "./watch-cache/kept.ts";
import type { Form, Kept } from "./watch-cache/kept.ts";
import type { KindCache } from "./watch-cache/kind-cache.ts";

type Convert = (object: KubeObject) => KubeObject;

/** One kind at one version, as a URL names it. */
export interface ServedKind {
  /** Whose defaults, rules, columns and admission apply. */
  readonly resource: Resource;
  /** The version asked for. */
  readonly version: string;
  readonly apiVersion: string;
  /** The schema of the version asked for. */
  readonly schema: AnyObjectNode;
  /** Undefined for kinds that are only sent and answered (reviews). */
  readonly cache: KindCache | undefined;
  /** The kind that is stored: the resource itself, or the hub of another group. */
  readonly stored: Resource;
  /** Asked ↔ worked on. Undefined where they are the same. */
  readonly toWorked: Convert | undefined;
  readonly fromWorked: Convert | undefined;
  /** Worked on ↔ stored. */
  readonly toStored: Convert | undefined;
  readonly fromStored: Convert | undefined;
  /** Worked on ↔ stored by somebody who has to be asked: then these two are undefined. */
  readonly conversion?: Conversion | undefined;
}

/** A group as discovery shows it. */
export interface ServedGroup {
  readonly group: string;
  /** The newest stable version first. */
  readonly versions: readonly { readonly version: string; readonly kinds: readonly ServedKind[] }[];
}

/** `core/configmaps/`, `apps/deployments/`: where a kind's objects lie in the store. */
export const prefixOf = (r: Pick<Resource, "group" | "plural">) => `${r.group || "core"}/${r.plural}/`;

export class Kinds {
  readonly #feed: Feed;
  readonly #served = new Map<string, ServedKind>();
  /** Null: it is not served. */
  #byResource = new WeakMap<object, ServedKind | null>();
  #groups: ServedGroup[] | undefined;
  /** Rises with each change: discovery and OpenAPI documents are made again. */
  generation = 0;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  /** Serves a kind, in all of its versions; `versions`: those in which it may be stored, where somebody converts. */
  add(resource: Resource, versions?: Versions): void {
    for (const served of servedKindsOf(resource, this.#feed, versions))
      this.#served.set(keyOf(resource.group, served.version, resource.plural), served);
    this.#groups = undefined;
    this.#byResource = new WeakMap();
    this.generation++;
  }

  remove(resource: Pick<Resource, "group" | "plural">): void {
    for (const [key, served] of this.#served) {
      if (served.resource.group === resource.group && served.resource.plural === resource.plural)
        this.#served.delete(key);
    }
    this.#feed.release(prefixOf(resource));
    this.#groups = undefined;
    this.#byResource = new WeakMap();
    this.generation++;
  }

  find(group: string, version: string, plural: string): ServedKind | undefined {
    return this.#served.get(keyOf(group, version, plural));
  }

  /** Whether the group has a kind that no definition brought: upstream answers for such groups in other words. */
  hasBuiltIn(group: string): boolean {
    const found = this.groups().find((one) => one.group === group);
    return found?.versions.some(({ kinds }) => kinds.some(({ schema }) => !schema.untyped)) ?? false;
  }

  /** The kind at its own version, for callers that hold a Resource. */
  of(resource: Pick<Resource, "group" | "version" | "plural">): ServedKind | undefined {
    let known = this.#byResource.get(resource);
    if (known === undefined) {
      known = this.find(resource.group, resource.version, resource.plural) ?? null;
      this.#byResource.set(resource, known);
    }
    return known ?? undefined;
  }

  /** By kind instead of plural, as bodies and owner references name it. */
  byKind(apiVersion: string, kind: string): ServedKind | undefined {
    for (const served of this.#served.values())
      if (served.apiVersion === apiVersion && served.resource.kind === kind) return served;
    return undefined;
  }

  /** In the order in which the kinds were added, groups by their first kind. */
  groups(): readonly ServedGroup[] {
    if (this.#groups !== undefined) return this.#groups;
    const groups = new Map<string, Map<string, ServedKind[]>>();
    for (const served of this.#served.values()) {
      const group = served.resource.group;
      const versions = groups.get(group) ?? new Map<string, ServedKind[]>();
      groups.set(group, versions);
      versions.set(served.version, [...(versions.get(served.version) ?? []), served]);
    }
    this.#groups = [...groups].map(([group, versions]) => ({
      group,
      versions: [...versions]
        .map(([version, kinds]) => ({ version, kinds }))
        .sort((a, b) => byAge(a.version, b.version)),
    }));
    return this.#groups;
  }
}

const keyOf = (group: string, version: string, plural: string) => `${group}/${version}/${plural}`;

/** Kubernetes' order of versions: stable before beta before alpha, newer before older. */
function byAge(a: string, b: string): number {
  const read = (text: string) => {
    const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
    return found
      ? [found[2] === "alpha" ? 0 : found[2] === "beta" ? 1 : 2, Number(found[1]), Number(found[3] ?? 0)]
      : [-1, 0, 0];
  };
  const [x, y] = [read(a), read(b)];
  for (let i = 0; i < 3; i++) if (x[i] !== y[i]) return y[i]! - x[i]!;
  return a < b ? -1 : 1;
}

function servedKindsOf(resource: Resource, feed: Feed, versions: Versions | undefined): ServedKind[] {
  const stored = resource.storedAs?.hub ?? resource;
  const cache = isStored(resource) ? cacheOf(stored, feed, versions) : undefined;
  if (versions !== undefined) return [convertedKind(resource, stored, cache, versions)];
  const common = {
    resource,
    stored,
    cache,
    toStored: resource.storedAs && renaming(resource.storedAs.toHub, stored.schema, apiVersionOf(stored), stored.kind),
    fromStored:
      resource.storedAs && renaming(resource.storedAs.fromHub, resource.schema, apiVersionOf(resource), resource.kind),
  };
  const own: ServedKind = {
    ...common,
    version: resource.version,
    apiVersion: apiVersionOf(resource),
    schema: resource.schema,
    toWorked: undefined,
    fromWorked: undefined,
  };
  const others = Object.entries(resource.versions).map(([version, other]): ServedKind => {
    const apiVersion = apiVersionOf({ group: resource.group, version });
    return {
      ...common,
      version,
      apiVersion,
      schema: other.schema,
      toWorked: renaming(other.toHub, resource.schema, own.apiVersion, resource.kind),
      fromWorked: renaming(other.fromHub, other.schema, apiVersion, resource.kind),
    };
  });
  return [own, ...others];
}

/** A version of a kind whose objects may be stored in any. */
function convertedKind(
  resource: Resource,
  stored: Resource,
  cache: KindCache | undefined,
  versions: Versions,
): ServedKind {
  const own = { apiVersion: apiVersionOf(resource), schema: resource.schema };
  const written = { apiVersion: apiVersionOf(stored), schema: stored.schema };
  return { ...bodyKind(resource), stored, cache, conversion: new Conversion(versions, own, written) };
}

/** A kept object in the form that is worked on; of a kind with a conversion, one that is ready. */
export function workedKept({ conversion, fromStored }: ServedKind, kept: Kept): KubeObject {
  return conversion === undefined ? (fromStored?.(kept.object) ?? kept.object) : conversion.shown(kept);
}

/** What is stored can be watched, and the other way round. */
const isStored = (resource: Resource) =>
  resource.verbs.includes("watch") && resource.schema.fields["metadata"] !== undefined;

/** A pure conversion that also names the new version and gives a frozen value in declared order. */
function renaming(
  convert: (object: JsonObject) => JsonObject,
  schema: AnyObjectNode,
  apiVersion: string,
  kind: string,
): Convert {
  return (object) => {
    const converted = convert(object as unknown as JsonObject);
    return decodeValue(schema, { ...converted, apiVersion, kind }).value as unknown as KubeObject;
  };
}

function cacheOf(stored: Resource, feed: Feed, versions: Versions | undefined): KindCache {
  const fields = Object.entries(stored.selectableFields);
  const formIn = (apiVersion: string, schema: AnyObjectNode): Form =>
    formOf(apiVersion, stored.kind, {
      decode: (bytes) => decodeStoredRepeated(schema, decoder.decode(bytes)) as unknown as KubeObject,
      renew: schema.untyped ? (bytes) => renewed({ apiVersion, kind: stored.kind, schema }, bytes) : undefined,
      fieldsOf:
        fields.length === 0
          ? undefined
          : (object) => Object.fromEntries(fields.map(([name, read]) => [name, read(object)])),
    });
  const others = versions?.all.map(({ apiVersion, schema }) => formIn(apiVersion, schema));
  return feed.cache({
    form: formIn(apiVersionOf(stored), stored.schema),
    ...(others && { otherForm: (bytes: Uint8Array) => others.find((form) => hasHead(form, bytes)) }),
    prefix: prefixOf(stored),
    rewrite: (bytes) => storedBytes(stored, readStored(stored.schema, bytes)),
  });
}

const decoder = new TextDecoder();

/** Bytes of any age as an object of today, without resourceVersion. */
function readStored(schema: AnyObjectNode, bytes: Uint8Array): KubeObject {
  const value = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  const decoded = decodeValue(schema, value).value;
  return applyDefaults(schema, decoded) as unknown as KubeObject;
}

/** Stored bytes as today's schema has them; the same ones where they are so already. */
function renewed({ apiVersion, kind, schema }: StoredForm, bytes: Uint8Array): ReturnType<NonNullable<Form["renew"]>> {
  const object = readStored(schema, bytes);
  const made = bytesOf({ apiVersion, kind, schema }, object);
  return { bytes: Buffer.compare(made, bytes) === 0 ? bytes : made, object };
}

function withoutType({ apiVersion: _a, kind: _k, ...rest }: KubeObject): Omit<KubeObject, "apiVersion" | "kind"> {
  return rest;
}

/** What is written to the store: JSON with the head of the kind's form, without resourceVersion. */
export function storedBytes(stored: Resource, object: KubeObject): Uint8Array {
  return bytesOf({ apiVersion: apiVersionOf(stored), kind: stored.kind, schema: stored.schema }, object);
}

interface StoredForm {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: AnyObjectNode;
}

function bytesOf({ apiVersion, kind, schema }: StoredForm, object: KubeObject): Uint8Array {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return encodeJson(schema, { apiVersion, kind, ...withoutType(object), metadata });
}

/** A kind that no path serves: the body or answer of a subresource. */
export function bodyKind(resource: Resource): ServedKind {
  return {
    resource,
    stored: resource,
    cache: undefined,
    version: resource.version,
    apiVersion: apiVersionOf(resource),
    schema: resource.schema,
    toWorked: undefined,
    fromWorked: undefined,
    toStored: undefined,
    fromStored: undefined,
  };
}

/** What a body must be: the kind that the URL asks for, or one of a few that a subresource takes. */
export interface Wanted {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: AnyObjectNode;
  /** Other apiVersions that mean the same. */
  readonly aliases?: readonly string[];
}

/** As much of a body as says what it is. */
export type Sent = Pick<KubeObject, "apiVersion" | "kind"> & Partial<Pick<KubeObject, "metadata">>;

/** Custom resources are read without a scheme, so that upstream says this in other words, and the kind later. */
function checkCustomKind({ apiVersion = "", kind = "", metadata }: Sent, wanted: Wanted): void {
  if (apiVersion !== "" && apiVersion !== wanted.apiVersion)
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${wanted.apiVersion})`,
    );
  if (kind === "" || kind === wanted.kind) return;
  const group = wanted.apiVersion.slice(0, wanted.apiVersion.lastIndexOf("/"));
  throw invalid({ group, kind }, metadata?.name ?? "", [
    fieldInvalid(FieldPath.of("kind"), kind, `must be ${wanted.kind}`),
  ]);
}

/** Throws a DecodeError when an object says that it is of another kind; one that says nothing is what was wanted. */
export function checkKind(kinds: Kinds, object: Sent, wanted: Wanted): void {
  const { apiVersion = "", kind = "" } = object;
  if (wanted.schema.untyped) return checkCustomKind(object, wanted);
  const [said, named] = [apiVersion || wanted.apiVersion, kind || wanted.kind];
  if (named === wanted.kind && (said === wanted.apiVersion || wanted.aliases?.includes(said))) return;
  const version = said.slice(said.lastIndexOf("/") + 1);
  if (kinds.byKind(said, named) === undefined) {
    throw new DecodeError(
      `no kind ${JSON.stringify(named)} is registered for version ${JSON.stringify(said)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  throw new DecodeError(
    `converting (${version}.${named}) to (${packageOf(wanted.apiVersion)}.${wanted.kind}): unknown conversion`,
  );
}

/** How upstream calls the types of a group: `core`, `apps`, `rbac`. */
function packageOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "core" : apiVersion.slice(0, slash).split(".")[0]!;
}
