// Where a webhook is, from its configuration: a URL, or the cluster IP of a Service under the Service's name. It refuses
// to dial.
import { Service } from "../../../resources/core/service.ts";
import type { WebhookClientConfig } from "../../../resources/admissionregistration/webhook-client.ts";
import type { Lookup } from "../plugin.ts";
import type { WebhookQuestion } from "./dialer.ts";

const HTTPS_PORT = 443;

export interface WebhookPlace extends Pick<WebhookQuestion, "host" | "port" | "servername" | "path" | "ca"> {
  /** As messages show it. */
  readonly url: string;
}

/** Throws an Error that says what is missing, in the end of {@link urlOf}'s message. */
export function placeOf(config: WebhookClientConfig, seconds: number, lookup: Lookup): WebhookPlace {
  const ca = config.caBundle ? Buffer.from(config.caBundle, "base64").toString("utf8") : undefined;
  const url = urlOf(config, seconds);
  const parsed = new URL(url);
  const servername = parsed.hostname.replace(/^\[|\]$/g, "");
  const port = parsed.port === "" ? HTTPS_PORT : Number(parsed.port);
  const common = { url, servername, ca, path: `${parsed.pathname}${parsed.search}` };
  if (config.service === undefined) return { ...common, host: servername, port };
  return { ...common, port, host: serviceAddress(config.service, lookup) };
}

export function urlOf({ url, service }: WebhookClientConfig, seconds: number): string {
  const timeout = `timeout=${seconds}s`;
  if (service === undefined) return `${url ?? ""}?${timeout}`;
  const { namespace, name, port = HTTPS_PORT, path = "" } = service;
  const rooted = path.startsWith("/") ? path : `/${path}`;
  return `https://${name}.${namespace}.svc:${port}${rooted}?${timeout}`;
}

/** Where a Service is dialled. Throws an Error for one that is not there, or has no such port. */
export function serviceAddress(
  {
    namespace,
    name,
    port = HTTPS_PORT,
  }: Pick<NonNullable<WebhookClientConfig["service"]>, "namespace" | "name" | "port">,
  lookup: Lookup,
): string {
  const service = lookup.get(Service, namespace, name);
  if (service === undefined) throw new Error(`service "${name}" not found`);
  const { type, clusterIP = "", externalName = "", ports = [] } = service.spec;
  if (type === "ExternalName") return externalName;
  if (!ports.some((one) => one.port === port)) throw new Error(`no service port ${port} found for service "${name}"`);
  return clusterIP === "" || clusterIP === "None" ? `${name}.${namespace}.svc` : clusterIP;
}
