// One call of a verb, whoever carried it, and what a verb answers. It refuses to know HTTP: carriers encode.
import type { Status, StatusDetails } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Cause } from "../../store/store.ts";
import type { ListMeta } from "../encoding/encoder.ts";
import type { ServedKind } from "../kinds.ts";
import type { Parts } from "../parts.ts";
import type { RequestContext } from "../request.ts";
import type { Kept } from "../watch-cache/kept.ts";
import type { Watch } from "./watch.ts";

export interface Call {
  readonly parts: Parts;
  readonly served: ServedKind;
  readonly context: RequestContext;
  readonly namespace: string;
  /** "" for create and for collections. */
  readonly name: string;
  readonly subresource: string;
}

export type Answer =
  /** A stored object. */
  | { readonly type: "kept"; readonly code: number; readonly kept: Kept; readonly served: ServedKind }
  /** An object that is not stored as such: a dry run, a scale, a review. In the worked-on form of `served`. */
  | { readonly type: "object"; readonly code: number; readonly object: KubeObject; readonly served: ServedKind }
  | { readonly type: "list"; readonly meta: ListMeta; readonly items: readonly Kept[]; readonly served: ServedKind }
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "watch"; readonly watch: Watch; readonly served: ServedKind };

/** `pods "x"`, as errors name it. */
export const targetOf = ({ served }: Call) => ({ group: served.resource.group, resource: served.resource.plural });

/** Why the write happens, for the store's history. */
export function causeOf({ context }: Call): Cause {
  const { verb, group, resource, subresource, namespace, name } = context.info;
  const place = [namespace, name, subresource].filter((part) => part !== "").join("/");
  return {
    user: context.user.name,
    request: `${verb} ${group || "core"}/${resource}${place && ` ${place}`}`,
    requestId: context.auditId,
    ...(context.reactedTo.length > 0 && { reactedTo: context.reactedTo }),
  };
}

/** The Status that tells success. */
export function success(details: StatusDetails | undefined, code?: number): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    ...(details && { details }),
    ...(code !== undefined && { code }),
  };
}
