// What the pipeline knows about one request, whoever carried it (HTTPS or the local client). It refuses to hold sockets or bytes.
import type { Log } from "../base/log.ts";
import type { Resource } from "../schema/resource.ts";

/** Who asks. `name` is never empty once authenticated. */
export interface User {
  readonly name: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

export const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** What is asked for: the attributes that authorization, admission and audit judge by (RequestInfo upstream). */
export interface RequestInfo {
  readonly isResource: boolean;
  /** The API verb (get, list, watch, create, update, patch, delete, deletecollection, proxy) or, off resources, the HTTP method in lower case. */
  readonly verb: string;
  /** The URL path, for requests off resources. */
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  /** The plural name. */
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** One request on its way through the pipeline. */
export interface RequestContext {
  readonly info: RequestInfo;
  /** Undefined off resources and for kinds nobody serves. */
  readonly resource: Resource | undefined;
  readonly user: User;
  /** Who really asked, when `user` is impersonated. */
  readonly impersonator?: User | undefined;
  readonly userAgent: string;
  readonly auditId: string;
  /** Revisions named by a trusted writer as the cause of this one. */
  readonly reactedTo: readonly number[];
  /** When the request arrived, milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Adds a `Warning: 299` header (shown once each). */
  warn(message: string): void;
}
