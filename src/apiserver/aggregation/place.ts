// Where the server behind an APIService is, how it is trusted, and how it is told who asks. It refuses to dial.
import type { APIService } from "../../resources/apiregistration/api-service.ts";
import type { Lookup } from "../admission/plugin.ts";
import { serviceAddress } from "../admission/webhooks/place.ts";
import type { User } from "../request.ts";
import type { ServiceQuestion } from "./dialer.ts";

const HTTPS_PORT = 443;

/** Throws an Error for a service that is not there. */
export function placeOfService(
  { spec }: APIService,
  lookup: Lookup,
): Pick<ServiceQuestion, "host" | "port" | "servername" | "ca" | "insecure"> {
  const { namespace = "", name = "", port = HTTPS_PORT } = spec.service ?? {};
  return {
    host: serviceAddress({ namespace, name, port }, lookup),
    port,
    servername: `${name}.${namespace}.svc`,
    ca: spec.caBundle ? Buffer.from(spec.caBundle, "base64").toString("utf8") : undefined,
    insecure: spec.insecureSkipTLSVerify === true,
  };
}

/** What the headers of the front proxy are called: the ConfigMap of extension servers says so too. */
export const REQUEST_HEADERS = {
  user: "X-Remote-User",
  uid: "X-Remote-Uid",
  group: "X-Remote-Group",
  extraPrefix: "X-Remote-Extra-",
} as const;

/** Who asks, as another server believes it of our certificate. */
export function userHeaders({ name, uid, groups, extra = {} }: User): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { [REQUEST_HEADERS.user]: headerText(name) };
  if (uid) headers[REQUEST_HEADERS.uid] = headerText(uid);
  if (groups.length > 0) headers[REQUEST_HEADERS.group] = groups.map(headerText);
  for (const [key, values] of Object.entries(extra))
    headers[`${REQUEST_HEADERS.extraPrefix}${escapedKey(key)}`] = values.map(headerText);
  return headers;
}

/** Headers are bytes to Node: text goes as its UTF-8. */
const headerText = (text: string) =>
  Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/[\r\n\0]/g, " ");

const escapedKey = (key: string) =>
  headerText(key).replace(
    /[^!#$&'*+\-.^_`|~0-9A-Za-z]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
