// Addresses, ranges and URLs as values: Kubernetes' own functions.
import { cidrContains, cidrOf, formatCIDR, parseCIDR } from "../../base/cidr.ts";
import type { CIDR } from "../../base/cidr.ts";
import {
  canonicalIP,
  formatIP,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isMulticast,
  isUnspecified,
  parseIP,
} from "../../base/ip.ts";
import type { IP } from "../../base/ip.ts";
import { namespaced, overload } from "../environment.ts";
import type { Overload } from "../environment.ts";
import { EvaluationError } from "../source.ts";
import { MadeMap, OpaqueValue } from "../values.ts";
import type { MapValue } from "../values.ts";

const TYPES: Readonly<Record<string, string>> = { I: "net.IP", C: "net.CIDR", U: "kubernetes.URL" };
type Address = OpaqueValue<IP>;
type Range = OpaqueValue<CIDR>;
type Url = OpaqueValue<URL>;

const address = (ip: IP): Address => new OpaqueValue(TYPES["I"]!, ip, formatIP(ip));
const range = (cidr: CIDR): Range => new OpaqueValue(TYPES["C"]!, cidr, formatCIDR(cidr));

function readIP(text: string): Address {
  const found = parseIP(text);
  if (found === undefined)
    throw new EvaluationError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
    );
  return address(found);
}

function readCIDR(text: string): Range {
  const found = parseCIDR(text);
  if (found === undefined)
    throw new EvaluationError(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`,
    );
  return range(found);
}

/** Absolute, or a path from the root, as Go's ParseRequestURI. */
function parseUrl(text: string): URL | undefined {
  if (text.startsWith("/")) return URL.canParse(text, "none://") ? new URL(text, "none://") : undefined;
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

function readUrl(text: string): Url {
  const found = parseUrl(text);
  if (found === undefined)
    throw new EvaluationError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return new OpaqueValue(TYPES["U"]!, found, text);
}

function queryOf({ inner }: Url): MapValue {
  const lists = new Map<string, string[]>();
  for (const [key, value] of inner.searchParams) lists.set(key, [...(lists.get(key) ?? []), value]);
  const made = new MadeMap();
  for (const [key, values] of lists) made.add(key, values);
  return made;
}

const isPathOnly = ({ inner }: Url) => inner.protocol === "none:";

/** The port that was written, though it is the scheme's own. */
function portOf({ inner, key }: Url): string {
  return inner.port || (/^[^/]*\/\/[^/?#]*:(\d+)(?:[/?#]|$)/.exec(key)?.[1] ?? "");
}

function hostOf(url: Url): string {
  if (isPathOnly(url)) return "";
  const port = portOf(url);
  return port === "" ? url.inner.hostname : `${url.inner.hostname}:${port}`;
}

const TEXT = 0;

export const network: readonly Overload[] = [
  overload("ip(string) I", readIP, TEXT),
  overload("isIP(string) bool", (text: string) => parseIP(text) !== undefined, TEXT),
  namespaced(
    "ip.isCanonical",
    overload("c(string) bool", (text: string) => canonicalIP(readIP(text).key) === text, TEXT),
  ),
  overload("string(I) string", (a: Address) => a.key),
  overload("I.family() int", (a: Address) => (a.inner.family === "IPv4" ? 4n : 6n)),
  overload("I.isUnspecified() bool", (a: Address) => isUnspecified(a.inner)),
  overload("I.isLoopback() bool", (a: Address) => isLoopback(a.inner)),
  overload("I.isLinkLocalMulticast() bool", (a: Address) => isLinkLocalMulticast(a.inner)),
  overload("I.isLinkLocalUnicast() bool", (a: Address) => isLinkLocalUnicast(a.inner)),
  overload("I.isGlobalUnicast() bool", (a: Address) => isGlobal(a.inner)),
  overload("cidr(string) C", readCIDR, TEXT),
  overload("isCIDR(string) bool", (text: string) => parseCIDR(text) !== undefined, TEXT),
  overload("string(C) string", (a: Range) => a.key),
  overload("C.containsIP(I) bool", (a: Range, b: Address) => cidrContains(a.inner, b.inner)),
  overload("C.containsIP(string) bool", (a: Range, b: string) => cidrContains(a.inner, readIP(b).inner), 1),
  overload("C.containsCIDR(C) bool", (a: Range, b: Range) => cidrContains(a.inner, b.inner)),
  overload("C.containsCIDR(string) bool", (a: Range, b: string) => cidrContains(a.inner, readCIDR(b).inner), 1),
  overload("C.ip() I", (a: Range) => address(a.inner.ip)),
  overload("C.prefixLength() int", (a: Range) => BigInt(a.inner.bits)),
  overload("C.masked() C", (a: Range) => masked(a)),
  overload("url(string) U", readUrl, TEXT),
  overload("isURL(string) bool", (text: string) => parseUrl(text) !== undefined, TEXT),
  overload("U.getScheme() string", (a: Url) => (isPathOnly(a) ? "" : a.inner.protocol.slice(0, -1))),
  overload("U.getHost() string", hostOf),
  overload("U.getHostname() string", (a: Url) => (isPathOnly(a) ? "" : a.inner.hostname.replace(/^\[|\]$/g, ""))),
  overload("U.getPort() string", (a: Url) => (isPathOnly(a) ? "" : portOf(a))),
  overload("U.getEscapedPath() string", (a: Url) =>
    a.inner.pathname === "/" && !/[^/]\/(?:$|[?#])/.test(a.key) && !isPathOnly(a) ? "" : a.inner.pathname,
  ),
  overload("U.getQuery() map(string, list(string))", queryOf),
].map(named);

const isGlobal = (ip: IP) => !(isUnspecified(ip) || isLoopback(ip) || isMulticast(ip) || isLinkLocalUnicast(ip));

const masked = ({ inner: { family, first, bits } }: Range): Range => range(cidrOf({ family, value: first }, bits));

/** Signatures above name their types by a letter, since the names have dots. */
function named(one: Overload): Overload {
  const known = (type: Overload["result"]): Overload["result"] =>
    type.kind === "parameter" && TYPES[type.name] !== undefined ? { kind: "opaque", name: TYPES[type.name]! } : type;
  return { ...one, params: one.params.map(known), result: known(one.result) };
}
