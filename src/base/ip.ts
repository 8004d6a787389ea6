// IP addresses and CIDR ranges: reading, canonical text, arithmetic. It refuses names, zones (%eth0) and sockets.
//
// Strict as Go's net/netip: no leading zeros, no short forms. The sloppy readers accept what Kubernetes accepts in
// old fields: IPv4 with leading zeros (decimal), and an IPv4-mapped address as the IPv4 address that it is.

export type IPFamily = "IPv4" | "IPv6";

export interface IP {
  readonly family: IPFamily;
  /** The address as an unsigned integer of 32 or 128 bits. */
  readonly value: bigint;
}

export const IP_BITS: Readonly<Record<IPFamily, number>> = { IPv4: 32, IPv6: 128 };

/** The upper 96 bits of ::ffff:0:0/96. */
const MAPPED_PREFIX = 0xffffn;

function parseIPv4(text: string, leadingZeros: boolean): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^[0-9]+$/.test(part)) return undefined;
    if (!leadingZeros && part.length > 1 && part.startsWith("0")) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    value = (value << 8n) | BigInt(octet);
  }
  return value;
}

/** The 16-bit groups of one side of "::"; the last may be an IPv4 address where `tail` says so. */
function parseGroups(text: string, tail: boolean, leadingZeros: boolean): bigint[] | undefined {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`));
      continue;
    }
    const v4 = tail && i === parts.length - 1 ? parseIPv4(part, leadingZeros) : undefined;
    if (v4 === undefined) return undefined;
    groups.push(v4 >> 16n, v4 & 0xffffn);
  }
  return groups;
}

function parseIPv6(text: string, leadingZeros: boolean): bigint | undefined {
  const sides = text.split("::");
  if (sides.length > 2) return undefined;
  const elided = sides.length === 2;
  const head = parseGroups(sides[0]!, !elided, leadingZeros);
  const rest = elided ? parseGroups(sides[1]!, true, leadingZeros) : [];
  if (head === undefined || rest === undefined) return undefined;
  const missing = 8 - head.length - rest.length;
  // "::" stands for one group at least.
  if (elided ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array<bigint>(missing).fill(0n), ...rest].reduce((value, group) => (value << 16n) | group, 0n);
}

/** Reads an address strictly; undefined when the text is none. */
export function parseIP(text: string): IP | undefined {
  const family: IPFamily = text.includes(":") ? "IPv6" : "IPv4";
  const value = family === "IPv6" ? parseIPv6(text, false) : parseIPv4(text, false);
  return value === undefined ? undefined : { family, value };
}

/** Reads an address as old fields of Kubernetes do: leading zeros pass, IPv4-mapped becomes IPv4. */
export function parseIPSloppy(text: string): IP | undefined {
  if (!text.includes(":")) {
    const value = parseIPv4(text, true);
    return value === undefined ? undefined : { family: "IPv4", value };
  }
  const value = parseIPv6(text, true);
  return value === undefined ? undefined : unmapped({ family: "IPv6", value });
}

export function isIPv4Mapped(ip: IP): boolean {
  return ip.family === "IPv6" && ip.value >> 32n === MAPPED_PREFIX;
}

/** The IPv4 address of an IPv4-mapped one; any other as it is. */
export function unmapped(ip: IP): IP {
  return isIPv4Mapped(ip) ? { family: "IPv4", value: ip.value & 0xffff_ffffn } : ip;
}

/** The canonical text: RFC 5952 for IPv6, with the IPv4 part dotted in IPv4-mapped addresses. */
export function formatIP(ip: IP): string {
  if (ip.family === "IPv4") return formatIPv4(ip.value);
  if (isIPv4Mapped(ip)) return `::ffff:${formatIPv4(ip.value & 0xffff_ffffn)}`;
  const groups: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(((ip.value >> shift) & 0xffffn).toString(16));
  const [start, length] = longestZeros(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

function formatIPv4(value: bigint): string {
  const n = Number(value);
  return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
}

function longestZeros(groups: readonly string[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === "0") end++;
    if (end - i > best[1]) best = [i, end - i];
    i = Math.max(i, end);
  }
  return best;
}

/** The canonical text of an address given as text; undefined when it is none. */
export function canonicalIP(text: string): string | undefined {
  const ip = parseIP(text);
  return ip && formatIP(ip);
}

export function isIPv4(text: string): boolean {
  return parseIP(text)?.family === "IPv4";
}

export function isIPv6(text: string): boolean {
  return parseIP(text)?.family === "IPv6";
}

/** 4 or 16 bytes, most significant first. */
export function ipToBytes(ip: IP): Uint8Array {
  const length = IP_BITS[ip.family] / 8;
  return Uint8Array.from({ length }, (_, i) => Number((ip.value >> BigInt(8 * (length - 1 - i))) & 0xffn));
}

/** The address in 4 or 16 bytes; undefined for any other length. */
export function ipFromBytes(bytes: Uint8Array): IP | undefined {
  if (bytes.length !== 4 && bytes.length !== 16) return undefined;
  const value = bytes.reduce((v, byte) => (v << 8n) | BigInt(byte), 0n);
  return { family: bytes.length === 4 ? "IPv4" : "IPv6", value };
}

/** Orders by family, then by address. */
export function compareIP(a: IP, b: IP): number {
  if (a.family !== b.family) return a.family === "IPv4" ? -1 : 1;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

const within = (ip: IP, prefix: bigint, bits: number) => ip.value >> BigInt(IP_BITS[ip.family] - bits) === prefix;

/** 127.0.0.0/8 or ::1. */
export function isLoopback(ip: IP): boolean {
  return ip.family === "IPv4" ? within(ip, 127n, 8) : isIPv4Mapped(ip) ? isLoopback(unmapped(ip)) : ip.value === 1n;
}

/** 0.0.0.0 or ::. */
export function isUnspecified(ip: IP): boolean {
  return ip.value === 0n;
}

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticast(ip: IP): boolean {
  return ip.family === "IPv4" ? within(ip, 0xen, 4) : within(ip, 0xffn, 8);
}

/** 169.254.0.0/16 or fe80::/10. */
export function isLinkLocalUnicast(ip: IP): boolean {
  return ip.family === "IPv4" ? within(ip, 0xa9fen, 16) : within(ip, 0xfe80n >> 6n, 10);
}

/** 224.0.0.0/24 or ff?2::/16. */
export function isLinkLocalMulticast(ip: IP): boolean {
  if (ip.family === "IPv4") return within(ip, 0xe00000n, 24);
  return isMulticast(ip) && ((ip.value >> 112n) & 0xfn) === 2n;
}
