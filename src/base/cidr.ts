// CIDR ranges: reading, membership, the nth address. It refuses to allocate: who gives addresses away keeps the books.
import { type IP, type IPFamily, IP_BITS, formatIP, parseIP, parseIPSloppy } from "./ip.ts";

export interface CIDR {
  readonly family: IPFamily;
  /** The address as it was written, host bits included. */
  readonly ip: IP;
  /** The length of the prefix in bits. */
  readonly bits: number;
  /** The first address of the range, as an integer. */
  readonly first: bigint;
  /** The last address of the range, as an integer. */
  readonly last: bigint;
}

/** The range of `bits` that `ip` is in. */
export function cidrOf(ip: IP, bits: number): CIDR {
  const hostBits = BigInt(IP_BITS[ip.family] - bits);
  const first = (ip.value >> hostBits) << hostBits;
  return { family: ip.family, ip, bits, first, last: first + (1n << hostBits) - 1n };
}

function read(text: string, parse: (text: string) => IP | undefined, prefixForm: RegExp): CIDR | undefined {
  const slash = text.lastIndexOf("/");
  if (slash < 0) return undefined;
  const ip = parse(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  if (ip === undefined || !prefixForm.test(prefix)) return undefined;
  // The sloppy reader turns IPv4-mapped addresses into IPv4: the prefix counts from the IPv4 part then.
  const mapped = ip.family === "IPv4" && text.includes(":");
  const bits = Number(prefix) - (mapped ? 96 : 0);
  return bits < 0 || bits > IP_BITS[ip.family] ? undefined : cidrOf(ip, bits);
}

/** Reads "address/bits" strictly; undefined when the text is none. Host bits may be set: see {@link hasHostBits}. */
export function parseCIDR(text: string): CIDR | undefined {
  return read(text, parseIP, /^(?:0|[1-9][0-9]{0,2})$/);
}

/** Reads a range as old fields of Kubernetes do; see parseIPSloppy. */
export function parseCIDRSloppy(text: string): CIDR | undefined {
  return read(text, parseIPSloppy, /^[0-9]+$/);
}

/** The canonical text: the first address and the prefix length. */
export function formatCIDR(cidr: CIDR): string {
  return `${formatIP({ family: cidr.family, value: cidr.first })}/${cidr.bits}`;
}

/** Whether bits beyond the prefix are set in the address as written. */
export function hasHostBits(cidr: CIDR): boolean {
  return cidr.ip.value !== cidr.first;
}

/** Whether an address, or all of another range, lies in `cidr`. */
export function cidrContains(cidr: CIDR, inner: IP | CIDR): boolean {
  if (cidr.family !== inner.family) return false;
  const [first, last] = "first" in inner ? [inner.first, inner.last] : [inner.value, inner.value];
  return cidr.first <= first && last <= cidr.last;
}

/** Whether two ranges have an address in common. */
export function cidrsOverlap(a: CIDR, b: CIDR): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** How many addresses the range has, network and broadcast included. */
export function cidrSize(cidr: CIDR): bigint {
  return cidr.last - cidr.first + 1n;
}

/** The address `n` after the first, negative: counted from the end (-1 is the last). Undefined outside the range. */
export function nthAddress(cidr: CIDR, n: bigint | number): IP | undefined {
  const offset = BigInt(n);
  const value = offset < 0n ? cidr.last + 1n + offset : cidr.first + offset;
  return value < cidr.first || value > cidr.last ? undefined : { family: cidr.family, value };
}

/** The `n`th range of `bits` inside `cidr`, counted from 0: node ranges inside a cluster range. */
export function nthSubnet(cidr: CIDR, bits: number, n: number): CIDR | undefined {
  if (bits < cidr.bits || bits > IP_BITS[cidr.family] || n < 0) return undefined;
  const value = cidr.first + (BigInt(n) << BigInt(IP_BITS[cidr.family] - bits));
  return value > cidr.last ? undefined : cidrOf({ family: cidr.family, value }, bits);
}
