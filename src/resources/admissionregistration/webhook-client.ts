// Where a webhook is: at a URL, or behind a Service. It refuses to dial.
import { formats, portNumberErrors } from "../../base/formats.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { bytes, int32, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const ServiceReference = object("k8s.io.api.admissionregistration.v1.ServiceReference", {
  namespace: required(1, string(), "Its namespace.", { demanded: "service namespace is required" }),
  name: required(2, string(), "Its name.", { demanded: "service name is required" }),
  path: pointer(3, string(), "The path that is asked for."),
  port: pointer(4, int32(), "The port of the Service.", { default: 443 }),
});
export interface ServiceReference extends ValueIn<typeof ServiceReference> {}

export const WebhookClientConfig = object("k8s.io.api.admissionregistration.v1.WebhookClientConfig", {
  url: pointer(3, string(), "The URL; not together with service."),
  service: pointer(1, ServiceReference, "The Service."),
  caBundle: optional(2, bytes(), "Whom to trust, certificates in PEM; the system's own if left out."),
});
export interface WebhookClientConfig extends ValueIn<typeof WebhookClientConfig> {}

const FORM = "; desired format: https://host[/path]";

function* urlFaults(text: string, path: FieldPath): Generator<FieldError> {
  const [, scheme = "", rest = ""] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(text) ?? [undefined, "", text];
  if (scheme !== "https") yield fieldInvalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`);
  const [, authority = ""] = /^\/\/([^/?#]*)/.exec(rest) ?? [];
  const at = authority.lastIndexOf("@");
  if (authority.slice(at + 1) === "") yield fieldInvalid(path, "", `host must be specified${FORM}`);
  if (at >= 0) yield fieldInvalid(path, authority.slice(0, at), "user information is not permitted in the URL");
  const hash = text.indexOf("#");
  if (hash >= 0) yield fieldInvalid(path, text.slice(hash + 1), "fragments are not permitted in the URL");
  const query = (hash < 0 ? text : text.slice(0, hash)).indexOf("?");
  if (query >= 0) {
    const asked = text.slice(query + 1, hash < 0 ? undefined : hash);
    yield fieldInvalid(path, asked, "query parameters are not permitted in the URL");
  }
}

function* servicePathFaults(text: string, path: FieldPath): Generator<FieldError> {
  if (text === "" || text === "/") return;
  if (text === "//") return yield fieldInvalid(path, text, "segment[0] may not be empty");
  if (!text.startsWith("/")) yield fieldInvalid(path, text, "must start with a '/'");
  for (const [i, segment] of text.slice(1).replace(/\/$/, "").split("/").entries()) {
    if (segment === "") {
      yield fieldInvalid(path, text, `segment[${i}] may not be empty`);
      continue;
    }
    for (const fault of formats.dns1123Subdomain(segment)) yield fieldInvalid(path, text, `segment[${i}]: ${fault}`);
  }
}

export function* webhookClientFaults({ url, service }: WebhookClientConfig, path: FieldPath): Generator<FieldError> {
  if ((url === undefined) === (service === undefined)) {
    return yield fieldRequired(path, "exactly one of url or service is required");
  }
  if (url !== undefined) yield* urlFaults(url, path.child("url"));
  if (service === undefined) return;
  const at = path.child("service");
  const { port = 0 } = service;
  for (const fault of portNumberErrors(port)) yield fieldInvalid(at.child("port"), port, `port is not valid: ${fault}`);
  if (service.path !== undefined) yield* servicePathFaults(service.path, at.child("path"));
}
