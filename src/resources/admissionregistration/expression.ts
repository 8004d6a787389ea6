// The environment of expressions in admission policies and webhooks: which variables there are and of which types. It
// refuses to run them: the API server does, over the values of a request.
import { AUTHORIZER, authorizer } from "../../cel/library/authorizer.ts";
import { environment } from "../../cel/environment.ts";
import type { Environment } from "../../cel/environment.ts";
import { libraries } from "../../cel/library/index.ts";
import { patches } from "../../cel/library/patches.ts";
import { compile } from "../../cel/program.ts";
import type { Program } from "../../cel/program.ts";
import { CompileError } from "../../cel/source.ts";
import { BOOL, DYN, INT, listOf, mapOf, NULL, sameType, STRING, TIMESTAMP, typeText } from "../../cel/type.ts";
import type { ObjectType, Type } from "../../cel/type.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import type { FieldPath } from "../../schema/meta/path.ts";

function message(name: string, fields: Readonly<Record<string, Type>>): ObjectType {
  return {
    kind: "object",
    name,
    field: (field) => (Object.hasOwn(fields, field) ? { json: field, type: fields[field]! } : undefined),
  };
}

const strings = mapOf(STRING, STRING);
const kindType = message("kubernetes.GroupVersionKind", { group: STRING, version: STRING, kind: STRING });
const resourceType = message("kubernetes.GroupVersionResource", { group: STRING, version: STRING, resource: STRING });

export const REQUEST = message("kubernetes.AdmissionRequest", {
  kind: kindType,
  resource: resourceType,
  subResource: STRING,
  requestKind: kindType,
  requestResource: resourceType,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: message("kubernetes.UserInfo", {
    username: STRING,
    uid: STRING,
    groups: listOf(STRING),
    extra: mapOf(STRING, listOf(STRING)),
  }),
  dryRun: BOOL,
  options: DYN,
});

export const NAMESPACE_OBJECT = message("kubernetes.Namespace", {
  metadata: message("kubernetes.NamespaceMetadata", {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: strings,
    annotations: strings,
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: listOf(STRING),
  }),
  spec: message("kubernetes.NamespaceSpec", { finalizers: listOf(STRING) }),
  status: message("kubernetes.NamespaceStatus", { phase: STRING }),
});

/** A step of a patch, as expressions make it. */
export const JSON_PATCH = message("JSONPatch", { op: STRING, path: STRING, from: STRING, value: DYN });

/** `Object`, `Object.spec.template`: parts of the object that is changed, named by their path. Fields are of any type. */
const part = (name: string): ObjectType => ({ kind: "object", name, field: (json) => ({ json, type: DYN }) });
export const OBJECT = part("Object");

const PATCH_STEPS = listOf(JSON_PATCH);
const messages = (name: string): ObjectType | undefined => {
  if (name === "JSONPatch") return JSON_PATCH;
  return name === "Object" || name.startsWith("Object.") ? part(name) : undefined;
};

const admissionLibraries = [...libraries, authorizer];
const mutationLibraries = [...admissionLibraries, patches];

/** What an expression may name beyond `object`, `oldObject`, `request` and `namespaceObject`. */
export interface Beside {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** Policies only: their variables as far as they are known. */
  readonly variables?: ObjectType | undefined;
  /** Whether it may make objects and patches. */
  readonly makes?: boolean;
  /** Of what type they are, where somebody knows. */
  readonly types?: { readonly object: Type; readonly params: Type };
}

export function admissionEnvironment(beside: Beside): Environment {
  const variables: Record<string, Type> = {
    object: beside.types?.object ?? DYN,
    oldObject: beside.types?.object ?? DYN,
    request: REQUEST,
    namespaceObject: NAMESPACE_OBJECT,
    ...(beside.params && { params: beside.types?.params ?? DYN }),
    ...(beside.authorizer && { authorizer: AUTHORIZER }),
    ...(beside.variables && { variables: beside.variables }),
  };
  return beside.makes
    ? environment(mutationLibraries, variables, messages)
    : environment(admissionLibraries, variables);
}

/** The types that an expression may have, as messages name them. */
export const RESULTS = {
  bool: [BOOL],
  string: [STRING],
  annotation: [STRING, NULL],
  any: undefined,
  object: [OBJECT],
  patch: [PATCH_STEPS],
} as const;

export type ResultName = keyof typeof RESULTS;

/** The program, or what is wrong with the expression. */
export function compiled(text: string, env: Environment, result: ResultName): Program | string {
  let program: Program;
  try {
    program = compile(text, env);
  } catch (error) {
    if (error instanceof CompileError) return `compilation failed: ${error.message}`;
    throw error;
  }
  const wanted: readonly Type[] | undefined = RESULTS[result];
  if (wanted === undefined || wanted.some((type) => sameType(type, program.type) || isEmptyOf(type, program.type)))
    return program;
  const names = wanted.map(typeText);
  return names.length === 1
    ? `must evaluate to ${names[0]} but got ${typeText(program.type)}`
    : `must evaluate to one of [${names.join(" ")}]`;
}

/** An empty list is a list of anything. */
const isEmptyOf = (wanted: Type, given: Type) =>
  wanted.kind === "list" && given.kind === "list" && given.items.kind === "parameter";

/** Blank expressions are other rules' matter. */
export function* expressionFaults(
  text: string | undefined,
  path: FieldPath,
  env: Environment,
  result: ResultName,
): Generator<FieldError> {
  if (text === undefined || text.trim() === "") return;
  const program = compiled(text, env, result);
  if (typeof program === "string") yield fieldInvalid(path, text, program);
}

/** Variables of a policy, each seeing those before it. What does not compile is of any type, and told as a fault. */
export class Variables implements ObjectType {
  readonly kind = "object";
  readonly name = "kubernetes.variables";
  readonly #types = new Map<string, Type>();

  readonly field = (name: string): { readonly json: string; readonly type: Type } | undefined => {
    const type = this.#types.get(name);
    return type && { json: name, type };
  };

  add(name: string, type: Type): void {
    this.#types.set(name, type);
  }
}
