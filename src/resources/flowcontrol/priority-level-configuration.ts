// PriorityLevelConfiguration: how many requests of a level are served at a time, and what becomes of more. It refuses to
// count.
import { ageColumn, nameColumn } from "../columns.ts";
import { MANDATORY_LEVELS } from "./mandatory.ts";
import { preparesStatus } from "../status.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { int32, listMap, object, optional, plain, pointer, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Column, Rule } from "../../schema/resource.ts";

export const QueuingConfiguration = object("k8s.io.api.flowcontrol.v1.QueuingConfiguration", {
  queues: optional(1, int32(), "How many queues there are.", { always: true, default: 64 }),
  handSize: optional(2, int32(), "How many of them one flow may use.", { always: true, default: 8 }),
  queueLengthLimit: optional(3, int32(), "How many requests wait in one.", { always: true, default: 50 }),
});
export interface QueuingConfiguration extends ValueIn<typeof QueuingConfiguration> {}

export const LimitResponse = object(
  "k8s.io.api.flowcontrol.v1.LimitResponse",
  {
    type: required(1, string(), "Queue or Reject.", { judgedByRule: true }),
    queuing: pointer(2, QueuingConfiguration, "How they wait, for Queue."),
  },
  { unions: [{ discriminator: "type", fields: { queuing: "Queuing" } }] },
);
export interface LimitResponse extends ValueIn<typeof LimitResponse> {}

export const LimitedPriorityLevelConfiguration = object("k8s.io.api.flowcontrol.v1.LimitedPriorityLevelConfiguration", {
  nominalConcurrencyShares: pointer(1, int32(), "The level's share of all requests at a time.", {
    always: true,
    default: 30,
  }),
  limitResponse: required(2, LimitResponse, "What becomes of more.", { always: false }),
  lendablePercent: pointer(3, int32(), "How much of the share others may use.", { default: 0 }),
  borrowingLimitPercent: pointer(4, int32(), "How much of others' it may use."),
});
export interface LimitedPriorityLevelConfiguration extends ValueIn<typeof LimitedPriorityLevelConfiguration> {}

export const ExemptPriorityLevelConfiguration = object("k8s.io.api.flowcontrol.v1.ExemptPriorityLevelConfiguration", {
  nominalConcurrencyShares: pointer(1, int32(), "The share that others may borrow from.", { default: 0 }),
  lendablePercent: pointer(2, int32(), "How much of it.", { default: 0 }),
});
export interface ExemptPriorityLevelConfiguration extends ValueIn<typeof ExemptPriorityLevelConfiguration> {}

export const PriorityLevelConfigurationSpec = object(
  "k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationSpec",
  {
    type: required(1, string(), "Limited or Exempt.", { judgedByRule: true }),
    limited: pointer(2, LimitedPriorityLevelConfiguration, "The limit, for Limited."),
    exempt: pointer(3, ExemptPriorityLevelConfiguration, "What is lent, for Exempt."),
  },
  { unions: [{ discriminator: "type", fields: { exempt: "Exempt", limited: "Limited" } }] },
);
export interface PriorityLevelConfigurationSpec extends ValueIn<typeof PriorityLevelConfigurationSpec> {}

export const PriorityLevelConfigurationCondition = object(
  "k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationCondition",
  {
    type: required(1, string(), "Which condition.", { always: false, demanded: "must not be empty" }),
    status: optional(2, string(), "True, False or Unknown."),
    lastTransitionTime: optional(3, time(), "When status last changed."),
    reason: optional(4, string(), "Why, in one word."),
    message: optional(5, string(), "Why, for people."),
  },
);
export interface PriorityLevelConfigurationCondition extends ValueIn<typeof PriorityLevelConfigurationCondition> {}

export const PriorityLevelConfigurationStatus = object("k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationStatus", {
  conditions: optional(
    1,
    listMap(PriorityLevelConfigurationCondition, ["type"], { unique: "key" }),
    "What holds for it.",
    { merge: { strategy: ["merge"], key: "type" } },
  ),
});
export interface PriorityLevelConfigurationStatus extends ValueIn<typeof PriorityLevelConfigurationStatus> {}

const schema = object(
  "k8s.io.api.flowcontrol.v1.PriorityLevelConfiguration",
  {
    ...typeMeta,
    metadata,
    spec: required(2, PriorityLevelConfigurationSpec, "The limit.", { always: false }),
    status: plain(3, PriorityLevelConfigurationStatus, "What holds for it."),
  },
  { doc: "How many requests of a kind are served at a time." },
);
export interface PriorityLevelConfiguration extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const EXEMPT = "exempt";
const TYPES = ["Exempt", "Limited"];
const RESPONSES = ["Queue", "Reject"];
const MOST_QUEUES = 10_000_000;
/** Of the hash that a flow's hand of queues is dealt by. */
const HASH_BITS = 60;

/** How many bits tell all hands apart. */
function entropyBits(queues: number, handSize: number): number {
  let bits = 0;
  for (let i = 0; i < handSize; i++) bits += Math.log2(queues - i);
  return Math.ceil(bits);
}

function* queuingFaults(
  { queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration,
  path: FieldPath,
): Generator<FieldError> {
  if (queues <= 0) yield fieldInvalid(path.child("queues"), queues, "must be positive");
  if (queues > MOST_QUEUES) yield fieldInvalid(path.child("queues"), queues, `must not be greater than ${MOST_QUEUES}`);
  const hand = path.child("handSize");
  if (handSize <= 0) yield fieldInvalid(hand, handSize, "must be positive");
  if (handSize > queues) yield fieldInvalid(hand, handSize, `should not be greater than queues (${queues})`);
  else if (entropyBits(queues, handSize) > HASH_BITS) {
    const bits = `required entropy bits of deckSize ${queues} and handSize ${handSize}`;
    yield fieldInvalid(hand, handSize, `${bits} should not be greater than ${HASH_BITS}`);
  }
  if (queueLengthLimit <= 0) yield fieldInvalid(path.child("queueLengthLimit"), queueLengthLimit, "must be positive");
}

function* limitedFaults(limited: LimitedPriorityLevelConfiguration, path: FieldPath): Generator<FieldError> {
  const { nominalConcurrencyShares: shares = 0, borrowingLimitPercent: borrowed = 0, limitResponse } = limited;
  if (shares < 0) yield fieldInvalid(path.child("nominalConcurrencyShares"), shares, "must be a non-negative integer");
  const { type, queuing } = limitResponse;
  const at = path.child("limitResponse");
  if (type === "") yield fieldRequired(at.child("type"));
  else if (!RESPONSES.includes(type)) yield fieldNotSupported(at.child("type"), type, RESPONSES);
  if (type === "Queue" && queuing === undefined) yield fieldRequired(at.child("queuing"));
  else if (type === "Reject" && queuing !== undefined) yield fieldForbidden(at.child("queuing"), "");
  else if (queuing !== undefined) yield* queuingFaults(queuing, at.child("queuing"));
  yield* lendableFaults(limited, path);
  if (borrowed < 0) {
    yield fieldInvalid(path.child("borrowingLimitPercent"), borrowed, "if specified, must be a non-negative integer");
  }
}

function* lendableFaults(
  { lendablePercent: lent = 0 }: { readonly lendablePercent?: number | undefined },
  path: FieldPath,
): Generator<FieldError> {
  if (lent < 0 || lent > 100)
    yield fieldInvalid(path.child("lendablePercent"), lent, "must be between 0 and 100, inclusive");
}

const levelValid: Rule<PriorityLevelConfiguration> = function* ({ metadata: { name = "" }, spec }, { request }) {
  if (request.subresource !== "") return;
  const { type, limited, exempt } = spec;
  const at = SPEC.child("type");
  if ((name === EXEMPT) !== (type === "Exempt")) {
    yield fieldInvalid(at, type, "type must be 'Exempt' if and only if name is 'exempt'");
  }
  if (type === "") yield fieldRequired(at);
  else if (!TYPES.includes(type)) return yield fieldNotSupported(at, type, TYPES);
  if (type === "Limited") {
    if (limited === undefined) yield fieldRequired(SPEC.child("limited"));
    else yield* limitedFaults(limited, SPEC.child("limited"));
    if (exempt !== undefined) yield fieldForbidden(SPEC.child("exempt"), "");
  }
  if (type !== "Exempt") return;
  if (limited !== undefined) yield fieldForbidden(SPEC.child("limited"), "");
  const { nominalConcurrencyShares: shares = 0 } = exempt ?? {};
  const path = SPEC.child("exempt");
  if (shares < 0) yield fieldInvalid(path.child("nominalConcurrencyShares"), shares, "must be a non-negative integer");
  yield* lendableFaults(exempt ?? {}, path);
};

/** What catches everything that no other level does stays as it is. */
const mandatoryStays: Rule<PriorityLevelConfiguration> = function* ({ metadata: { name = "" }, spec }) {
  const fixed = MANDATORY_LEVELS[name];
  if (fixed && !equalJson(fixed, spec)) yield fieldInvalid(SPEC, spec, `spec of '${name}' must equal the fixed value`);
};

const text = (
  name: string,
  doc: string,
  of: (spec: PriorityLevelConfigurationSpec) => string | number | undefined,
): Column<PriorityLevelConfiguration> => ({ name, type: "string", doc, cell: ({ spec }) => of(spec) ?? "<none>" });

const queuingOf = ({ limited }: PriorityLevelConfigurationSpec) => limited?.limitResponse.queuing;

export const PriorityLevelConfiguration = resource<PriorityLevelConfiguration>({
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "PriorityLevelConfiguration",
  plural: "prioritylevelconfigurations",
  scope: "Cluster",
  schema,
  columns: [
    nameColumn,
    text("Type", "Limited or Exempt.", ({ type }) => type),
    text(
      "NominalConcurrencyShares",
      "Its share of all requests at a time.",
      ({ limited, exempt }) => (limited ?? exempt)?.nominalConcurrencyShares,
    ),
    text("Queues", "How many queues there are.", (spec) => queuingOf(spec)?.queues),
    text("HandSize", "How many of them one flow may use.", (spec) => queuingOf(spec)?.handSize),
    text("QueueLengthLimit", "How many requests wait in one.", (spec) => queuingOf(spec)?.queueLengthLimit),
    ageColumn,
  ],
  prepare: preparesStatus<PriorityLevelConfiguration>(schema),
  rules: [levelValid, mandatoryStays],
});
