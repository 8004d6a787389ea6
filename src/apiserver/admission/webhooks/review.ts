// AdmissionReview: how a webhook is told of a request, and what its answer says. It refuses to send anything.
// Specification: admission.k8s.io/v1; v1beta1 has the same form.
import { isJsonObject } from "../../../schema/freeze.ts";
import type { JsonObject } from "../../../schema/node.ts";
import { StatusError } from "../../../schema/meta/status.ts";
import type { Status, StatusReason } from "../../../schema/meta/status.ts";
import type { Question } from "../dynamic/question.ts";

const VERSIONS = ["v1", "v1beta1"];
const KIND = "AdmissionReview";

export interface Review {
  readonly uid: string;
  readonly apiVersion: string;
  readonly body: string;
}

export interface Answer {
  readonly allowed: boolean;
  /** What is said to whoever is refused. */
  readonly status: Partial<Status> | undefined;
  /** The steps of a JSON patch. */
  readonly patch: unknown;
  readonly warnings: readonly string[];
}

/** An answer that says nothing, or not what was asked. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
}

/** `versions`: those that the webhook reads, the best first. */
export function reviewOf(question: Question, versions: readonly string[], uid: string): Review {
  const version = versions.find((one) => VERSIONS.includes(one)) ?? "v1";
  const apiVersion = `admission.k8s.io/${version}`;
  const { kind, resource, subResource, requestKind, requestResource, requestSubResource, ...facts } = question.request;
  const { options, ...who } = facts;
  const request = {
    uid,
    kind,
    resource,
    ...(subResource !== undefined && { subResource }),
    requestKind,
    requestResource,
    ...(requestSubResource !== undefined && { requestSubResource }),
    ...who,
    object: question.object,
    oldObject: question.oldObject,
    options,
  };
  return { uid, apiVersion, body: JSON.stringify({ kind: KIND, apiVersion, request }) };
}

/** Throws AnswerError. */
export function readAnswer({ uid, apiVersion }: Review, body: string): Answer {
  const review = parsed(body);
  const [said, kind] = [review["apiVersion"], review["kind"]];
  if (said !== apiVersion || kind !== KIND)
    throw new AnswerError(
      `expected webhook response of ${apiVersion}, Kind=${KIND}, got ${String(said ?? "")}, Kind=${String(kind ?? "")}`,
    );
  const response = review["response"];
  if (!isJsonObject(response)) throw new AnswerError("webhook response was absent");
  if (response["uid"] !== uid)
    throw new AnswerError(`expected response.uid="${uid}", got "${String(response["uid"] ?? "")}"`);
  const { allowed, status, warnings } = response;
  return {
    allowed: allowed === true,
    status: isJsonObject(status) ? (status as Partial<Status>) : undefined,
    patch: patchIn(response),
    warnings: Array.isArray(warnings) ? warnings.filter((one) => typeof one === "string") : [],
  };
}

function parsed(body: string): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    if (isJsonObject(value)) return value;
  } catch (error) {
    throw new AnswerError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  throw new AnswerError("the response is no object");
}

function patchIn({ patch, patchType }: JsonObject): unknown {
  if (typeof patch !== "string" || patch === "") return undefined;
  if (patchType === undefined) throw new AnswerError("webhook returned response.patch but not response.patchType");
  if (patchType !== "JSONPatch")
    throw new AnswerError(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`);
  try {
    return JSON.parse(Buffer.from(patch, "base64").toString("utf8")) as unknown;
  } catch (error) {
    throw new AnswerError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const LEAST_CODE = 400;

/** What the writer is told of a refusal. */
export function refusalOf(webhook: string, status: Partial<Status> | undefined): StatusError {
  const { message, reason, code = 0 } = status ?? {};
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  return new StatusError({
    code: Math.max(code, LEAST_CODE),
    reason: (reason ?? "") as StatusReason,
    message: message ? `${denied}: ${message}` : reason ? `${denied}: ${reason}` : `${denied} without explanation`,
    ...(status?.details && { details: status.details }),
  });
}
