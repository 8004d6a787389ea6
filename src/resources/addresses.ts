// What is said of addresses and ranges that are good but not written as they should be. It refuses nothing.
import { canonicalIP, isIPv6 } from "../base/ip.ts";
import { formatCIDR, parseCIDR } from "../base/cidr.ts";
import type { FieldPath } from "../schema/meta/path.ts";

export function* addressWarnings(path: FieldPath, address: string): Generator<string> {
  const canonical = isIPv6(address) ? canonicalIP(address) : undefined;
  if (canonical === undefined || canonical === address) return;
  yield `${path}: IPv6 address ${JSON.stringify(address)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`;
}

export function* rangeWarnings(path: FieldPath, range: string): Generator<string> {
  const parsed = parseCIDR(range);
  const canonical = parsed && formatCIDR(parsed);
  if (canonical === undefined || canonical === range || !range.includes(":")) return;
  yield `${path}: IPv6 CIDR value ${JSON.stringify(range)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`;
}
