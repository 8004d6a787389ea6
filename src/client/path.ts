// Where an object lives on an API server: paths and query strings. It refuses to send anything.
import type { Resource } from "../schema/resource.ts";

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `/api/v1/namespaces/demo/pods/web/log`; every part escaped. */
export function pathOf(
  resource: Pick<Resource, "group" | "version" | "plural" | "scope">,
  place: {
    readonly namespace?: string | undefined;
    readonly name?: string | undefined;
    readonly subresource?: string | undefined;
  },
): string {
  const parts = resource.group ? ["apis", resource.group, resource.version] : ["api", resource.version];
  if (resource.scope === "Namespaced" && place.namespace) parts.push("namespaces", place.namespace);
  parts.push(resource.plural);
  if (place.name) parts.push(place.name);
  if (place.subresource) parts.push(place.subresource);
  return `/${parts.map(encodeURIComponent).join("/")}`;
}

/** `?a=1&b=2` of what is set (not "" and not false), or nothing. */
export function queryOf(query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "" && value !== false) params.set(key, String(value));
  }
  const text = params.toString();
  return text && `?${text}`;
}
