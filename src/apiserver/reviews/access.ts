// SubjectAccessReview and its relatives: may somebody do something? They ask the server's own authorizers and refuse to be stored.
import type { ResourceAttributes } from "../../resources/authorization/attributes.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { badRequest, invalid } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { Review } from "../parts.ts";
import type { RequestInfo, User } from "../request.ts";

/** What the three kinds have in common. */
interface AccessReview extends KubeObject {
  readonly spec: {
    readonly resourceAttributes?: ResourceAttributes;
    readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
    readonly user?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

/** Upstream names the group in these errors and leaves the kind away. */
function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: "authorization.k8s.io", kind: "" }, "", errors);
}

function check({ metadata, spec }: AccessReview, subject: boolean): void {
  const errors: FieldError[] = [];
  const both = spec.resourceAttributes !== undefined && spec.nonResourceAttributes !== undefined;
  const neither = spec.resourceAttributes === undefined && spec.nonResourceAttributes === undefined;
  if (both || neither) {
    const shown = both ? spec : undefined;
    errors.push(
      fieldInvalid(
        FieldPath.of("spec"),
        shown,
        "exactly one of nonResourceAttributes or resourceAttributes must be specified",
      ),
    );
  }
  if (subject && !spec.user && !spec.groups?.length) {
    errors.push(
      fieldInvalid(FieldPath.of("spec", "user"), spec.user ?? "", "at least one of user or group must be specified"),
    );
  }
  const { namespace: _n, managedFields: _m, ...rest } = metadata ?? {};
  if (Object.keys(rest).length > 0) errors.push(fieldInvalid(FieldPath.of("metadata"), metadata, "must be empty"));
  refuse(errors);
}

function infoOf({ resourceAttributes: asked, nonResourceAttributes: path }: AccessReview["spec"]): RequestInfo {
  const none = { path: "", group: "", version: "", namespace: "", resource: "", subresource: "", name: "" };
  if (asked === undefined) return { ...none, isResource: false, verb: path?.verb ?? "", path: path?.path ?? "" };
  const { verb = "", group = "", version = "", namespace = "", resource = "", subresource = "", name = "" } = asked;
  return {
    ...none,
    isResource: true,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    labelSelector: asked.labelSelector?.rawSelector,
    fieldSelector: asked.fieldSelector?.rawSelector,
  };
}

function judged(authorizer: Authorizer, review: AccessReview, user: User): KubeObject {
  const { outcome, reason } = authorizer.authorize(user, infoOf(review.spec));
  const status = {
    allowed: outcome === "allow",
    ...(outcome === "deny" && { denied: true }),
    ...(reason && { reason }),
  };
  return { ...review, status } as KubeObject;
}

function subjectOf({ spec }: AccessReview): User {
  return {
    name: spec.user ?? "",
    groups: spec.groups ?? [],
    ...(spec.uid && { uid: spec.uid }),
    ...(spec.extra && { extra: spec.extra }),
  };
}

export function subjectAccessReview(authorizer: Authorizer): Review {
  return (object) => {
    const review = object as AccessReview;
    check(review, true);
    return judged(authorizer, review, subjectOf(review));
  };
}

export function localSubjectAccessReview(authorizer: Authorizer): Review {
  return (object, context) => {
    const review = object as AccessReview;
    check(review, true);
    const asked = review.spec.resourceAttributes;
    if (asked === undefined || review.spec.nonResourceAttributes !== undefined) {
      refuse([
        fieldInvalid(
          FieldPath.of("spec", "nonResourceAttributes"),
          review.spec.nonResourceAttributes,
          "disallowed on this kind of request",
        ),
      ]);
    }
    if (asked?.namespace !== context.info.namespace) {
      throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${context.info.namespace}`);
    }
    return judged(authorizer, review, subjectOf(review));
  };
}

export function selfSubjectAccessReview(authorizer: Authorizer): Review {
  return (object, { user }) => {
    const review = object as AccessReview;
    check(review, false);
    return judged(authorizer, review, user);
  };
}
