// What an Ingress must be: hosts, paths and backends. It refuses to look at classes, services or secrets.
import { portNumberErrors } from "../../base/formats.ts";
import { parseIPSloppy } from "../../base/ip.ts";
import { formatFaults } from "../faults.ts";
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule } from "./ingress-object.ts";
import { fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";

/** Where a class was named before there was a field for it. */
export const INGRESS_CLASS_ANNOTATION = "kubernetes.io/ingress.class";

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
/** What nobody may find in a path that is compared segment by segment. */
const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDINGS = ["/..", "/."];
const SPEC = FieldPath.of("spec");
const NOT_AN_ADDRESS = "must be a DNS name, not an IP address";

/** A name, or `*.` and a name. */
const hostFaults = (host: string, path: FieldPath) =>
  formatFaults(path, host, host.includes("*") ? "wildcardDNS1123Subdomain" : "dns1123Subdomain");

function* backendFaults({ service, resource }: IngressBackend, path: FieldPath): Generator<FieldError> {
  if (service !== undefined && resource !== undefined) {
    yield fieldInvalid(path, "", "cannot set both resource and service backends");
  } else if (resource !== undefined) yield* referenceFaults(resource, path.child("resource"));
  else if (service === undefined) yield fieldInvalid(path, "", "resource or service backend is required");
  else {
    const at = path.child("service");
    if (service.name !== "") yield* formatFaults(at.child("name"), service.name, "dns1123Label");
    const { name = "", number = 0 } = service.port;
    if (name !== "" && number !== 0) yield fieldInvalid(path, "", "cannot set both port name & port number");
    else if (name !== "") yield* formatFaults(at.child("port", "name"), name, "portName");
    else if (number === 0) yield fieldRequired(path, "port name or number is required");
    else for (const fault of portNumberErrors(number)) yield fieldInvalid(at.child("port", "number"), number, fault);
  }
}

export function* referenceFaults(
  {
    apiGroup,
    kind = "",
    name = "",
  }: { readonly apiGroup?: string | undefined; readonly kind?: string; readonly name?: string },
  path: FieldPath,
): Generator<FieldError> {
  if (apiGroup !== undefined) yield* formatFaults(path.child("apiGroup"), apiGroup, "dns1123Subdomain");
  if (kind === "") yield fieldRequired(path.child("kind"));
  else yield* formatFaults(path.child("kind"), kind, "pathSegmentName");
  if (name === "") yield fieldRequired(path.child("name"));
  else yield* formatFaults(path.child("name"), name, "pathSegmentName");
}

function* pathFaults(one: HTTPIngressPath, at: FieldPath): Generator<FieldError> {
  const { path = "", pathType } = one;
  if (pathType === undefined) return yield fieldRequired(at.child("pathType"), "pathType must be specified");
  const absolute = path.startsWith("/");
  if (!PATH_TYPES.includes(pathType)) yield fieldNotSupported(at.child("pathType"), pathType, PATH_TYPES);
  else if (pathType === "ImplementationSpecific") {
    if (path !== "" && !absolute) yield fieldInvalid(at.child("path"), path, "must be an absolute path");
  } else {
    if (!absolute) yield fieldInvalid(at.child("path"), path, "must be an absolute path");
    for (const part of BAD_SEQUENCES) {
      if (path.includes(part)) yield fieldInvalid(at.child("path"), path, `must not contain '${part}'`);
    }
    for (const end of BAD_ENDINGS) {
      if (path.endsWith(end)) yield fieldInvalid(at.child("path"), path, `cannot end with '${end}'`);
    }
  }
  yield* backendFaults(one.backend, at.child("backend"));
}

function* routeFaults({ host = "", http }: IngressRule, at: FieldPath): Generator<FieldError> {
  if (host !== "") {
    if (parseIPSloppy(host)) yield fieldInvalid(at.child("host"), host, NOT_AN_ADDRESS);
    else yield* hostFaults(host, at.child("host"));
  }
  for (const [i, one] of (http?.paths ?? []).entries()) yield* pathFaults(one, at.child("http", "paths").index(i));
}

export const routesValid: Rule<Ingress> = function* ({ spec }) {
  const { defaultBackend, rules = [], tls = [] } = spec;
  if (rules.length === 0 && defaultBackend === undefined) {
    yield fieldInvalid(SPEC, spec.rules, "either `defaultBackend` or `rules` must be specified");
  }
  if (defaultBackend !== undefined) yield* backendFaults(defaultBackend, SPEC.child("defaultBackend"));
  for (const [i, rule] of rules.entries()) yield* routeFaults(rule, SPEC.child("rules").index(i));
  for (const [i, { hosts = [], secretName = "" }] of tls.entries()) {
    const at = SPEC.child("tls").index(i);
    for (const [j, host] of hosts.entries()) yield* hostFaults(host, at.child("hosts").index(j));
    if (secretName !== "") yield* formatFaults(at.child("secretName"), secretName, "dns1123Subdomain");
  }
};

/** A new object that says its class twice must say the same. */
export const classesAgree: Rule<Ingress> = function* ({ metadata, spec }, { old }) {
  const named = metadata.annotations?.[INGRESS_CLASS_ANNOTATION];
  if (old || named === undefined || spec.ingressClassName === undefined || named === spec.ingressClassName) return;
  const path = FieldPath.of("annotations", INGRESS_CLASS_ANNOTATION);
  yield fieldInvalid(path, named, "must match `ingressClassName` when both are specified");
};

export const entriesValid: Rule<Ingress> = function* ({ status }, { request }) {
  if (request.subresource !== "status") return;
  for (const [i, { ip = "", hostname = "" }] of (status.loadBalancer.ingress ?? []).entries()) {
    const at = FieldPath.of("status", "loadBalancer", "ingress").index(i);
    if (ip !== "") yield* formatFaults(at.child("ip"), ip, "ip");
    if (hostname === "") continue;
    yield* formatFaults(at.child("hostname"), hostname, "dns1123Subdomain");
    if (parseIPSloppy(hostname)) yield fieldInvalid(at.child("hostname"), hostname, NOT_AN_ADDRESS);
  }
};
