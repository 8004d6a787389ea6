// Contract 1, Resource: everything Kaji knows about a kind, as one value. It refuses to act: walks, the API server and controllers read it.
//
// A kind is ONE file in resources/ that exports a value and a type of the same name, one test beside it, and one line
// in resources/index.ts. A CRD compiles to the same value at run time. Defaulting, pruning, validation, equality,
// patches, apply, protobuf, OpenAPI, tables and selectors are walks over `schema`; what fields cannot say goes into
// the three escape hatches `rules`, `prepare` and `allocates`. Whatever reads ANOTHER object, or asks an authorizer,
// is an admission plugin and never stands here.
//
// Example:
//   const schema = object("k8s.io.api.core.v1.ConfigMap", {
//     ...typeMeta,
//     metadata,
//     immutable: pointer(4, boolean(), "…"),
//     data: optional(2, map(string(), { keyFormat: "configMapKey" }), "…"),
//   });
//   export interface ConfigMap extends ValueIn<typeof schema> {}
//   export const ConfigMap = resource<ConfigMap>({
//     group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"], scope: "Namespaced", schema,
//     columns: [nameColumn, { name: "Data", type: "string", doc: "…", cell: (o) => … }, ageColumn],
//     rules: [dataWithinLimits, immutableStays],
//   });
//
// The type is named from the schema, before the resource, because rules and columns speak of the type
// (docs/decisions/0001-type-before-resource.md).
import type { FormatName } from "../base/formats.ts";
import type { AnyObjectNode, JsonObject } from "./node.ts";
import type { FieldError } from "./meta/field-error.ts";
import type { ObjectMeta } from "./meta/object-meta.ts";

/** What every object has. */
export interface KubeObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: ObjectMeta;
}

export type Verb = "create" | "get" | "list" | "watch" | "update" | "patch" | "delete" | "deletecollection";

/** What Kubernetes allows for an ordinary kind, in the order of discovery. */
export const ALL_VERBS: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

export type Operation = "create" | "update";

/** What a pure function of a kind may know about the request. */
export interface RequestFacts {
  readonly operation: Operation;
  /** "" for the object itself. */
  readonly subresource: string;
  readonly user: {
    readonly name: string;
    readonly groups: readonly string[];
    readonly uid?: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether a feature gate is on. */
  readonly enabled: (gate: string) => boolean;
}

export interface Findings {
  readonly errors?: readonly FieldError[];
  readonly warnings?: readonly string[];
}

/** A function type compared bivariantly, so that a `Resource<Pod>` may stand in a list of `Resource`. */
type Pure<Args extends readonly unknown[], Result> = { call(...args: Args): Result }["call"];

/** A pure check that fields cannot express. `old` is there on update. Yields errors, or a warning as text. */
export type Rule<T> = Pure<
  [object: T, context: { readonly old?: T | undefined; readonly request: RequestFacts }],
  Iterable<FieldError | string>
>;

/** One column of `kubectl get`. */
export interface Column<T = KubeObject> {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** `name` for the first column. */
  readonly format?: string;
  /** 0: always shown; 1: with -o wide. */
  readonly priority?: number;
  readonly doc: string;
  readonly cell: Pure<[object: T, context: { readonly now: number }], string | number | boolean | null>;
}

/** What a Table says of a whole row, beside its cells: kubectl hides completed pods by it. */
export interface RowCondition {
  readonly type: "Completed";
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The commands and connections that apiserver/ implements, one file each. */
export type CommandName =
  | "binding"
  | "eviction"
  | "token"
  | "resize"
  | "ephemeralContainers"
  | "finalizeNamespace"
  | "approval";
export type ConnectName = "log" | "exec" | "attach" | "portForward" | "podProxy" | "serviceProxy" | "nodeProxy";

export type Subresource =
  /**
   * The object itself, but writes reach only these top-level fields (and metadata, as for status). `resets`: what of
   * metadata the kind's `prepare` keeps as it was, as dotted paths (`metadata.labels`), so that nobody comes to own it.
   */
  | {
      readonly type: "view";
      readonly fields: readonly string[];
      readonly verbs: readonly Verb[];
      readonly rules?: readonly Rule<KubeObject>[];
      readonly resets?: readonly string[];
    }
  /** autoscaling/v1 Scale over three paths of the object. */
  | {
      readonly type: "scale";
      readonly specReplicas: string;
      readonly statusReplicas: string;
      readonly selector: string;
    }
  /** Something done once, with an object of its own as the body. `of` is the body's and answer's kind. */
  | {
      readonly type: "command";
      readonly name: CommandName;
      readonly verbs: readonly Verb[];
      readonly of?: { readonly group: string; readonly version: string; readonly kind: string };
    }
  /** A stream or proxied request to a node. */
  | { readonly type: "connect"; readonly name: ConnectName; readonly verbs: readonly string[] };

export const view = (
  fields: readonly string[],
  verbs: readonly Verb[] = ["get", "patch", "update"],
  resets: readonly string[] = [],
): Subresource => ({ type: "view", fields, verbs, resets });
export const scale = (
  specReplicas = "spec.replicas",
  statusReplicas = "status.replicas",
  selector = "spec.selector",
): Subresource => ({
  type: "scale",
  specReplicas,
  statusReplicas,
  selector,
});
export const command = (
  name: CommandName,
  verbs: readonly Verb[] = ["create"],
  of?: { group: string; version: string; kind: string },
): Subresource => ({
  type: "command",
  name,
  verbs,
  ...(of && { of }),
});
export const connect = (name: ConnectName, verbs: readonly string[] = ["get"]): Subresource => ({
  type: "connect",
  name,
  verbs,
});

export interface Deletion {
  /** Deletion waits for a component that ends it (pods): the grace period in seconds, by what the request asked for. */
  readonly graceSeconds?: Pure<[object: KubeObject, asked: number | undefined], number>;
  /** What DELETE answers once the object is gone. */
  readonly returns: "object" | "status";
  /** What happens to dependents when the request does not say. */
  readonly propagation: "Background" | "Orphan";
  /** The warning for a request that does not say. */
  readonly openPropagation?: string;
  /** A finalizer that each deletion adds: somebody has to clear up before the object goes. */
  readonly finalizer?: string;
}

/** Another version of the same kind. Pure; the resource's own version is the hub and the one stored. */
export interface OtherVersion {
  readonly schema: AnyObjectNode;
  readonly toHub: (object: JsonObject) => JsonObject;
  readonly fromHub: (object: JsonObject) => JsonObject;
}

/**
 * The objects are those of another group's kind, which stores them: `events` of events.k8s.io are the core ones. The
 * API server decodes, defaults, prepares and checks in the version asked, stores `toHub` and shows `fromHub`; both pure.
 */
export interface StoredAs {
  readonly hub: Resource;
  readonly toHub: (object: JsonObject) => JsonObject;
  readonly fromHub: (object: JsonObject) => JsonObject;
}

/** What only the API server can give: an address, a port. Named so that the pure value can ask for it. */
export type Allocation = "clusterIP" | "nodePort" | "healthCheckNodePort";

export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  readonly verbs: readonly Verb[];
  readonly schema: AnyObjectNode;
  /** The format of metadata.name; "pathSegmentName" allows all but `/`, `%`, `.` and `..`. */
  readonly nameFormat: FormatName;
  readonly columns: readonly Column<T>[];
  readonly rowConditions: Pure<[object: T], readonly RowCondition[]> | undefined;
  readonly subresources: Readonly<Record<string, Subresource>>;
  readonly deletion: Deletion;
  /** PUT of an absent object makes it. */
  readonly createOnUpdate: boolean;
  /** PUT without a resourceVersion is taken. */
  readonly unconditionalUpdate: boolean;
  /** Fields a field selector may name beside metadata.name and metadata.namespace, and how to read them. */
  readonly selectableFields: Readonly<Record<string, Pure<[object: T], string>>>;
  readonly versions: Readonly<Record<string, OtherVersion>>;
  readonly storedAs: StoredAs | undefined;
  /** The version whose name discovery's storage hash is made of, where upstream still stores another one than the hub. */
  readonly storageVersion?: string;
  /** The text of a warning that goes with every answer about this kind. */
  readonly deprecation: string | undefined;
  /** Annotations that upstream makes for the whole object only: PartialObjectMetadata and Tables do not show them. */
  readonly wholeOnly?: readonly string[];
  /** Finalizers need no domain in front: the kinds of upstream's apiextensions server. */
  readonly anyFinalizers?: boolean;
  /** A new object may bring its status (a kubelet registers its node with one). */
  readonly keepsStatusOnCreate: boolean;
  /**
   * Which top-level fields make `metadata.generation` rise when they change; [] for kinds without generation. `allBut`:
   * every field except metadata and these, for kinds whose fields are not known.
   */
  readonly generationOf: readonly string[] | { readonly allBut: readonly string[] };
  readonly rules: readonly Rule<T>[];
  /** Pure last touch before rules: what create and update set, reset or derive. `old` is there on update. Returns the object to store. */
  readonly prepare: Pure<[object: T, old: T | undefined, request: RequestFacts], T> | undefined;
  readonly allocates: readonly Allocation[];
  /** Exists for the compiler only. */
  readonly example?: T;
}

/** What an author writes; everything that has an ordinary value may be left out. */
export type ResourceInit<T extends KubeObject> = Pick<
  Resource<T>,
  "group" | "version" | "kind" | "plural" | "scope" | "schema"
> &
  Partial<Omit<Resource<T>, "example">>;

/** The type of a resource's objects. */
export type ObjectIn<R> = R extends { readonly example?: infer T } ? Exclude<T, undefined> : never;

/** Completes an author's description to a Resource. Throws on contradictions, so that a wrong kind fails at start. */
export function resource<T extends KubeObject>(init: ResourceInit<T>): Resource<T> {
  const fields = init.schema.fields;
  // Reviews have a status too, but it is an answer and nothing to be written.
  const hasStatus = "status" in fields && (init.verbs ?? ALL_VERBS).includes("update");
  if (!("metadata" in fields) && init.verbs?.some((v) => v !== "create"))
    throw new Error(`${init.kind}: a stored kind needs metadata`);
  return {
    listKind: `${init.kind}List`,
    singular: init.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: ALL_VERBS,
    nameFormat: "dns1123Subdomain",
    columns: [],
    rowConditions: undefined,
    subresources: hasStatus ? { status: view(["status"]) } : {},
    deletion: { returns: "status", propagation: "Background" },
    createOnUpdate: false,
    unconditionalUpdate: true,
    selectableFields: {},
    versions: {},
    storedAs: undefined,
    deprecation: undefined,
    keepsStatusOnCreate: false,
    generationOf: "spec" in fields ? ["spec"] : [],
    rules: [],
    prepare: undefined,
    allocates: [],
    ...init,
  };
}

/** `apps/v1`, `v1`. */
export const apiVersionOf = (r: { readonly group: string; readonly version: string }) =>
  r.group ? `${r.group}/${r.version}` : r.version;
