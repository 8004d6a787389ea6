// Everything that is no kind: discovery, OpenAPI, health, version, metrics, keys. It refuses to hold what it answers.
import type { Parts } from "../parts.ts";
import type { HttpRequest } from "../pipeline.ts";
import { noSuchMethod, noSuchResource } from "../no-such.ts";
import { sendJson, sendText } from "../respond.ts";
import { allGroups, discovery } from "./discovery.ts";
import { health } from "./health.ts";
import { openapi } from "./openapi.ts";
import { VERSION } from "./version.ts";

type Endpoint = (request: HttpRequest, parts: Parts, rest: readonly string[]) => boolean | Promise<boolean>;

/** By the first segment of the path. An endpoint that answers false knows no such path. */
const endpoints: Readonly<Record<string, Endpoint>> = {
  "": index,
  api: (request, parts, rest) => discovery(request, parts, ["api", ...rest]),
  apis: (request, parts, rest) => discovery(request, parts, ["apis", ...rest]),
  openapi,
  healthz: (request, parts, rest) => health(request, parts, "healthz", rest),
  livez: (request, parts, rest) => health(request, parts, "livez", rest),
  readyz: (request, parts, rest) => health(request, parts, "readyz", rest),
  version,
  metrics,
  ".well-known": openidConfiguration,
  openid: jwks,
};

/** Answers a request off resources. */
export async function endpoint(request: HttpRequest, parts: Parts): Promise<void> {
  const { path } = request;
  const [first = "", ...rest] = path.slice(1).replace(/\/$/, "").split("/");
  const found = path.startsWith("//") ? undefined : endpoints[first];
  if (found !== undefined && (await found(request, parts, rest))) return;
  sendText(request, 404, "404 page not found\n");
}

const reads = ({ exchange }: HttpRequest) => exchange.method === "GET" || exchange.method === "HEAD";

/** `/`: the paths that there are. */
function index(request: HttpRequest, parts: Parts, rest: readonly string[]): boolean {
  if (rest.length > 0 || !reads(request)) return false;
  const paths = [
    "/.well-known/openid-configuration",
    "/api",
    "/apis",
    "/healthz",
    "/livez",
    "/metrics",
    "/openapi/v2",
    "/openapi/v3",
    "/openid/v1/jwks",
    "/readyz",
    "/version",
  ];
  for (const [group, versions] of allGroups(parts, "service")) {
    if (group === "") paths.push("/api/v1");
    else paths.push(`/apis/${group}`, ...[...versions.keys()].map((version) => `/apis/${group}/${version}`));
  }
  sendJson(request, 200, { paths: paths.sort() });
  return true;
}

function version(request: HttpRequest, _parts: Parts, rest: readonly string[]): boolean {
  if (rest.length > 0) return false;
  if (!reads(request)) throw noSuchMethod();
  sendJson(request, 200, VERSION);
  return true;
}

function metrics(request: HttpRequest, parts: Parts, rest: readonly string[]): boolean {
  if (rest.length > 0 || !reads(request)) return false;
  sendText(request, 200, parts.metrics.text(), parts.metrics.contentType);
  return true;
}

/** OpenID Connect discovery of the issuer of service account tokens. */
function openidConfiguration(request: HttpRequest, { tokens }: Parts, rest: readonly string[]): boolean {
  if (rest.join("/") !== "openid-configuration" || !reads(request)) return false;
  if (tokens === undefined) throw noSuchResource();
  const { issuer } = tokens;
  sendJson(request, 200, {
    issuer,
    jwks_uri: `${issuer}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  });
  return true;
}

async function jwks(request: HttpRequest, { tokens }: Parts, rest: readonly string[]): Promise<boolean> {
  if (rest.join("/") !== "v1/jwks" || !reads(request)) return false;
  if (tokens === undefined) throw noSuchResource();
  sendText(request, 200, JSON.stringify(await tokens.signer.jwks()), "application/jwk-set+json");
  return true;
}
