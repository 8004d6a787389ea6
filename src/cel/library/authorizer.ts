// What expressions may ask about the rights of whoever sends a request: `authorizer.group("").resource("pods").check("get")`.
// It refuses to decide: whoever runs the expression brings the judge.
import type { Overload } from "../environment.ts";
import { EvaluationError } from "../source.ts";
import { BOOL, opaque, STRING } from "../type.ts";
import type { ObjectType, Type } from "../type.ts";
import { ObjectValue, OpaqueValue } from "../values.ts";
import type { Value } from "../values.ts";

/** One question: a path, or a resource. `serviceAccount`: who, instead of the request's own user. */
export interface AccessQuestion {
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}

export type AccessJudge = (question: AccessQuestion, verb: string) => AccessDecision;

interface Asking {
  readonly judge: AccessJudge;
  readonly question: AccessQuestion;
}

const SPACE = "kubernetes.authorization";
const PATH = opaque(`${SPACE}.PathCheck`);
const GROUP = opaque(`${SPACE}.GroupCheck`);
const RESOURCE = opaque(`${SPACE}.ResourceCheck`);
const DECISION = opaque(`${SPACE}.Decision`);

export const AUTHORIZER: ObjectType = {
  kind: "object",
  name: `${SPACE}.Authorizer`,
  field: (name) => (name === "requestResource" ? { json: name, type: RESOURCE } : undefined),
};

/** The value of the variable `authorizer`. */
export class AuthorizerValue extends ObjectValue {
  readonly asking: Asking;
  readonly #own: AccessQuestion;

  /** `own`: the resource of the request that is judged. */
  constructor(judge: AccessJudge, own: AccessQuestion, question: AccessQuestion = {}) {
    super(AUTHORIZER, {});
    this.asking = { judge, question };
    this.#own = own;
  }

  override select(name: string): Value | undefined {
    return name === "requestResource" ? check(RESOURCE, { ...this.asking, question: this.#own }) : undefined;
  }

  as(namespace: string, name: string): AuthorizerValue {
    return new AuthorizerValue(this.asking.judge, this.#own, { serviceAccount: { namespace, name } });
  }
}

type Check = OpaqueValue<Asking>;

const check = (type: Type, asking: Asking): Check =>
  new OpaqueValue((type as { readonly name: string }).name, asking, JSON.stringify(asking.question));

const more = (type: Type, { judge, question }: Asking, part: AccessQuestion): Check =>
  check(type, { judge, question: { ...question, ...part } });

/** What one decision costs: it may mean a request to somebody else. */
const CHECK_COST = 350_000;

function member<A extends readonly Value[]>(
  name: string,
  of: Type,
  params: readonly Type[],
  result: Type,
  run: (...args: A) => Value,
): Overload {
  return {
    name,
    member: true,
    params: [of, ...params],
    result,
    run: (args, running) => {
      if (name === "check") running.spend(CHECK_COST);
      return run(...(args as unknown as A));
    },
    grows: undefined,
  };
}

const narrowed = (name: "subresource" | "namespace" | "name" | "fieldSelector" | "labelSelector") =>
  member(name, RESOURCE, [STRING], RESOURCE, ({ inner }: Check, text: string) =>
    more(RESOURCE, inner, { [name]: text }),
  );

const decided = ({ inner }: Check, verb: string): Value =>
  new OpaqueValue(`${SPACE}.Decision`, inner.judge(inner.question, verb), "");

type Decided = OpaqueValue<AccessDecision>;

export const authorizer: readonly Overload[] = [
  member("path", AUTHORIZER, [STRING], PATH, ({ asking }: AuthorizerValue, path: string) => {
    if (path === "") throw new EvaluationError("path must not be empty");
    return more(PATH, asking, { path });
  }),
  member("group", AUTHORIZER, [STRING], GROUP, ({ asking }: AuthorizerValue, group: string) =>
    more(GROUP, asking, { group }),
  ),
  member(
    "serviceAccount",
    AUTHORIZER,
    [STRING, STRING],
    AUTHORIZER,
    (own: AuthorizerValue, namespace: string, name: string) => own.as(namespace, name),
  ),
  member("resource", GROUP, [STRING], RESOURCE, ({ inner }: Check, resource: string) => {
    if (resource === "") throw new EvaluationError("resource must not be empty");
    return more(RESOURCE, inner, { resource });
  }),
  narrowed("subresource"),
  narrowed("namespace"),
  narrowed("name"),
  narrowed("fieldSelector"),
  narrowed("labelSelector"),
  member("check", PATH, [STRING], DECISION, decided),
  member("check", RESOURCE, [STRING], DECISION, decided),
  member("allowed", DECISION, [], BOOL, ({ inner }: Decided) => inner.allowed),
  member("reason", DECISION, [], STRING, ({ inner }: Decided) => inner.reason),
  member("errored", DECISION, [], BOOL, ({ inner }: Decided) => inner.error !== undefined),
  member("error", DECISION, [], STRING, ({ inner }: Decided) => inner.error ?? ""),
];
