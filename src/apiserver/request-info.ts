// What a URL asks for, by the rules of Kubernetes' RequestInfo. It refuses to know which kinds exist: unknown ones parse too.
import type { RequestInfo } from "./request.ts";

/** Segments under `namespaces/<name>/` that belong to the Namespace itself and are not a kind within it. */
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

/** First segments after the version that name a verb instead of a kind (`/api/v1/watch/pods`), long deprecated. */
const VERB_PREFIXES = new Set(["proxy", "watch"]);

/** A map, not an object: over HTTP/2 a method may have any name, `constructor` too. */
const VERB_OF_METHOD: ReadonlyMap<string, string> = new Map([
  ["POST", "create"],
  ["GET", "get"],
  ["HEAD", "get"],
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
]);

/** Go's idea of a boolean query parameter: everything but these is true, when the parameter is there at all. */
const FALSE_TEXTS = new Set(["", "0", "false", "False", "FALSE", "f", "F"]);

/** Reads a boolean query parameter; an empty value counts as true, as in `?watch`. */
export function booleanOf(text: string | null): boolean {
  return text !== null && (text === "" || !FALSE_TEXTS.has(text));
}

/**
 * `path` is the decoded URL path, `query` its parameters. For requests off resources the verb is the method in lower
 * case and only `path` is filled in. A `metadata.name=x` field selector gives list and watch a name, so that rules
 * about names apply to them.
 */
export function requestInfo(
  method: string,
  path: string,
  query: URLSearchParams,
  parts: readonly string[] = segmentsOf(path),
): RequestInfo {
  if (parts.length < 3 || (parts[0] !== "api" && parts[0] !== "apis")) return off(method, path);
  const legacy = parts[0] === "api";
  if (!legacy && parts.length < 4) return off(method, path);
  const group = legacy ? "" : parts[1]!;
  const version = legacy ? parts[1]! : parts[2]!;
  let rest = parts.slice(legacy ? 2 : 3);
  let verb = VERB_OF_METHOD.get(method) ?? "";
  if (VERB_PREFIXES.has(rest[0]!)) {
    if (rest.length < 2) return off(method, path);
    verb = rest[0]!;
    rest = rest.slice(1);
  }
  let namespace = "";
  if (rest[0] === "namespaces") {
    if (rest.length > 1) {
      namespace = rest[1]!;
      if (rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2]!)) rest = rest.slice(2);
    }
  }
  const resource = rest[0]!;
  let name = rest[1] ?? "";
  const subresource = verb === "proxy" ? "" : (rest[2] ?? "");
  const labelSelector = query.get("labelSelector") ?? undefined;
  const fieldSelector = query.get("fieldSelector") ?? undefined;
  if (name === "" && verb === "get") verb = booleanOf(query.get("watch")) ? "watch" : "list";
  if (name === "" && (verb === "list" || verb === "watch") && fieldSelector !== undefined) name = nameIn(fieldSelector);
  if (name === "" && verb === "delete") verb = "deletecollection";
  return {
    isResource: true,
    verb,
    path,
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    labelSelector,
    fieldSelector,
  };
}

/** What is asked for off resources. */
const off = (method: string, path: string): RequestInfo => ({
  isResource: false,
  verb: method.toLowerCase(),
  path,
  group: "",
  version: "",
  namespace: "",
  resource: "",
  subresource: "",
  name: "",
});

const SLASH = 0x2f;

/** The path's segments, without the slashes at its ends. */
export function segmentsOf(path: string): string[] {
  let from = 0;
  let to = path.length;
  while (path.charCodeAt(from) === SLASH) from++;
  while (to > from && path.charCodeAt(to - 1) === SLASH) to--;
  return path.slice(from, to).split("/");
}

/** The name that a field selector demands, if it is a plain one. */
function nameIn(fieldSelector: string): string {
  for (const term of fieldSelector.split(",")) {
    const found = /^\s*metadata\.name={1,2}([^!=\\/%]+)$/.exec(term);
    if (found) return found[1]!;
  }
  return "";
}

/** Whether the request keeps its connection for long: such requests have no deadline and no seat among the others. */
export function isLongRunning(info: RequestInfo): boolean {
  if (!info.isResource) return false;
  return info.verb === "watch" || info.verb === "proxy" || LONG_SUBRESOURCES.has(info.subresource);
}

const LONG_SUBRESOURCES = new Set(["proxy", "attach", "exec", "log", "portforward"]);

/** What follows the resource in a path's segments: `["web", "status"]`, and whether a namespace came before it. */
export function pathTail(parts: readonly string[]): { readonly namespaced: boolean; readonly tail: readonly string[] } {
  let at = parts[0] === "api" ? 2 : 3;
  if (VERB_PREFIXES.has(parts[at]!)) at++;
  const namespaced = parts[at] === "namespaces" && parts.length > at + 2 && !NAMESPACE_SUBRESOURCES.has(parts[at + 2]!);
  return { namespaced, tail: parts.slice(at + (namespaced ? 3 : 1)) };
}
