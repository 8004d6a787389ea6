// The query parameters of the verbs, read and judged as upstream does. It refuses to know what they do.
import { fieldForbidden, fieldInvalid, fieldNotSupported } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { badRequest, invalid } from "../../schema/meta/status.ts";
import type { Strictness } from "../../schema/decode.ts";
import type { DeleteOptions as DeleteBody } from "../../schema/meta/delete-options.ts";
import { booleanOf } from "../request-info.ts";

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly strictness: Strictness;
}

export interface PatchOptions extends WriteOptions {
  /** For apply only. */
  readonly force: boolean;
}

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds: number | undefined;
  readonly propagation: "Background" | "Foreground" | "Orphan" | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly ignoreReadErrors: boolean;
}

export interface ListOptions {
  readonly resourceVersion: string;
  readonly match: "" | "Exact" | "NotOlderThan";
  readonly limit: number;
  readonly continueToken: string;
}

export interface WatchOptions {
  readonly resourceVersion: string;
  /** Undefined: begin with the present state when no resourceVersion says where to begin. */
  readonly sendInitialEvents: boolean | undefined;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions" | "ListOptions";

function refuse(kind: OptionsKind, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind }, "", errors);
}

/** Go's text for a number that is none. */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

const STRICTNESSES: readonly string[] = ["", "Ignore", "Strict", "Warn"];

function dryRunErrors(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === "All")) return [];
  return [fieldNotSupported(FieldPath.of("dryRun"), values, ["All"])];
}

/** The longest name of a field manager, in bytes. */
const MOST_MANAGER_BYTES = 128;

function managerErrors(manager: string): FieldError[] {
  const path = FieldPath.of("fieldManager");
  // Each bad letter is told with the whole name, so a long name is not looked through: its errors would grow with the
  // square of its length.
  if (Buffer.byteLength(manager) > MOST_MANAGER_BYTES) {
    const body = `Too long: may not be more than ${MOST_MANAGER_BYTES} bytes`;
    return [{ reason: "FieldValueTooLong", field: "fieldManager", body }];
  }
  const errors: FieldError[] = [];
  [...manager].forEach((letter, i) => {
    if (!/\p{L}|\p{M}|\p{N}|\p{P}|\p{S}| /u.test(letter)) {
      errors.push(
        fieldInvalid(
          path,
          manager,
          `invalid character U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")} (at position ${i})`,
        ),
      );
    }
  });
  return errors;
}

function strictnessErrors(text: string): FieldError[] {
  return STRICTNESSES.includes(text) ? [] : [fieldNotSupported(FieldPath.of("fieldValidation"), text, STRICTNESSES)];
}

export function writeOptions(kind: "CreateOptions" | "UpdateOptions", query: URLSearchParams): WriteOptions {
  const dryRun = query.getAll("dryRun");
  const fieldManager = query.get("fieldManager") ?? "";
  const validation = query.get("fieldValidation") ?? "";
  refuse(kind, [...managerErrors(fieldManager), ...dryRunErrors(dryRun), ...strictnessErrors(validation)]);
  return { dryRun: dryRun.length > 0, fieldManager, strictness: (validation || "Warn") as Strictness };
}

export function patchOptions(query: URLSearchParams, apply: boolean): PatchOptions {
  const dryRun = query.getAll("dryRun");
  const fieldManager = query.get("fieldManager") ?? "";
  const validation = query.get("fieldValidation") ?? "";
  const force = query.get("force");
  const errors: FieldError[] = [];
  if (!apply && force !== null)
    errors.push(fieldForbidden(FieldPath.of("force"), "may not be specified for non-apply patch"));
  if (apply && fieldManager === "")
    errors.push({
      reason: "FieldValueRequired",
      field: "fieldManager",
      body: "Required value: is required for apply patch",
    });
  errors.push(...managerErrors(fieldManager), ...dryRunErrors(dryRun), ...strictnessErrors(validation));
  refuse("PatchOptions", errors);
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    strictness: (validation || "Warn") as Strictness,
    force: booleanOf(force),
  };
}

const PROPAGATIONS = ["Foreground", "Background", "Orphan"] as const;

/** `body` wins where there is one, as upstream: then the query is not looked at. */
export function deleteOptions(query: URLSearchParams, body: DeleteBody | undefined): DeleteOptions {
  const orphans = query.get("orphanDependents");
  const from: Partial<DeleteBody> = body ?? {
    ...(query.has("dryRun") && { dryRun: query.getAll("dryRun") }),
    ...(query.has("gracePeriodSeconds") && { gracePeriodSeconds: integerOf(query, "gracePeriodSeconds") }),
    ...(query.has("propagationPolicy") && { propagationPolicy: query.get("propagationPolicy")! }),
    ...(orphans !== null && { orphanDependents: booleanOf(orphans) }),
    ...(query.has("ignoreStoreReadErrorWithClusterBreakingPotential") && {
      ignoreStoreReadErrorWithClusterBreakingPotential: booleanOf(
        query.get("ignoreStoreReadErrorWithClusterBreakingPotential"),
      ),
    }),
  };
  return checkedDeleteOptions(from);
}

export function checkedDeleteOptions(from: Partial<DeleteBody>): DeleteOptions {
  const errors: FieldError[] = [];
  const policy = from.propagationPolicy;
  const path = FieldPath.of("propagationPolicy");
  if (from.orphanDependents !== undefined && policy !== undefined) {
    errors.push(fieldInvalid(path, policy, "orphanDependents and deletionPropagation cannot be both set"));
  }
  if (policy !== undefined && !PROPAGATIONS.includes(policy as "Orphan")) {
    errors.push({
      reason: "FieldValueNotSupported",
      field: "propagationPolicy",
      body: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    });
  }
  errors.push(...dryRunErrors(from.dryRun ?? []));
  refuse("DeleteOptions", errors);
  const old = from.orphanDependents === undefined ? undefined : from.orphanDependents ? "Orphan" : "Background";
  return {
    dryRun: (from.dryRun ?? []).length > 0,
    gracePeriodSeconds: from.gracePeriodSeconds,
    propagation: (policy as DeleteOptions["propagation"]) ?? old,
    uid: from.preconditions?.uid,
    resourceVersion: from.preconditions?.resourceVersion,
    ignoreReadErrors: from.ignoreStoreReadErrorWithClusterBreakingPotential ?? false,
  };
}

/** What list, watch and deletecollection have in common; errors of a watch are told before those of a list. */
export function listOptions(query: URLSearchParams, watch: boolean): ListOptions & WatchOptions {
  const limit = integerOf(query, "limit") ?? 0;
  const timeoutSeconds = integerOf(query, "timeoutSeconds");
  const resourceVersion = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const continueToken = query.get("continue") ?? "";
  const initial = query.get("sendInitialEvents");
  const bookmarks = booleanOf(query.get("allowWatchBookmarks"));
  refuse(
    "ListOptions",
    watch ? watchErrors(match, initial, continueToken) : listErrors(match, initial, continueToken, resourceVersion),
  );
  return {
    resourceVersion,
    match: match as ListOptions["match"],
    limit: Math.max(limit, 0),
    continueToken,
    sendInitialEvents: initial === null ? undefined : booleanOf(initial),
    bookmarks,
    timeoutSeconds,
  };
}

const MATCH = FieldPath.of("resourceVersionMatch");

function watchErrors(match: string, initial: string | null, continueToken: string): FieldError[] {
  const errors: FieldError[] = [];
  if (initial !== null) {
    if (match !== "NotOlderThan")
      errors.push(fieldForbidden(MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
    if (match !== "" && match !== "NotOlderThan") errors.push(fieldNotSupported(MATCH, match, ["NotOlderThan"]));
  } else if (match !== "") {
    errors.push(
      fieldForbidden(MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"),
    );
  }
  if (continueToken !== "")
    errors.push(fieldForbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
  return errors;
}

function listErrors(
  match: string,
  initial: string | null,
  continueToken: string,
  resourceVersion: string,
): FieldError[] {
  if (initial !== null)
    return [fieldForbidden(FieldPath.of("sendInitialEvents"), "sendInitialEvents is forbidden for list")];
  if (match === "") return [];
  const errors: FieldError[] = [];
  if (continueToken !== "")
    errors.push(fieldForbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
  if (resourceVersion === "")
    errors.push(fieldForbidden(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
  if (match !== "Exact" && match !== "NotOlderThan")
    errors.push(fieldNotSupported(MATCH, match, ["Exact", "NotOlderThan"]));
  if (match === "Exact" && resourceVersion === "0") {
    errors.push(fieldForbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return errors;
}
