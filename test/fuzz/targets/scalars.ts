// Small texts of the API: quantities, durations, times, addresses and blocks, and the named formats. Each is a target
// of its own; all of them promise to read what they wrote.
import assert from "node:assert/strict";
import { formatCIDR, parseCIDR, parseCIDRSloppy } from "../../../src/base/cidr.ts";
import { DurationError, formatDuration, humanDuration, parseDuration } from "../../../src/base/duration.ts";
import { formats } from "../../../src/base/formats.ts";
import { formatIP, ipFromBytes, ipToBytes, parseIP, parseIPSloppy, unmapped } from "../../../src/base/ip.ts";
import {
  addQuantity,
  compareQuantity,
  parseQuantity,
  QuantityError,
  quantityError,
  quantityMilliValue,
  quantityValue,
} from "../../../src/base/quantity.ts";
import { formatInstant, parseMicroTime, parseTime, TimestampError } from "../../../src/base/timestamp.ts";
import { normalizeImage } from "../../../src/kubelet/images/name.ts";
import { nothing, only } from "../target.ts";
import type { Target } from "../target.ts";

const SHORT = { text: true, mostBytes: 2048 } as const;

export const quantity: Target = {
  ...SHORT,
  name: "quantity",
  words: [
    "Ki",
    "Mi",
    "Gi",
    "Ti",
    "Pi",
    "Ei",
    "n",
    "u",
    "m",
    "k",
    "M",
    "G",
    "T",
    "P",
    "E",
    "e3",
    "E-3",
    ".",
    "+",
    "-",
    "e999999999",
    "e-999999999",
  ],
  seeds: () => ["100m", "1.5Gi", "-3", "1e3", "12E", "0.5", "+1", "999999999999999999999Ei", ".1", "5."],
  allows: only(QuantityError),
  run(input) {
    const text = input.toString("utf8");
    const complaint = quantityError(text);
    const parsed = parseQuantity(text);
    assert.equal(complaint, undefined, "one judge for both");
    const written = String(parsed);
    assert.equal(String(parseQuantity(written)), written, "what is canonical stays so");
    assert.equal(compareQuantity(parsed, written), 0);
    assert.ok(written.length <= text.length + 400, "the canonical form is not much longer");
    quantityValue(parsed);
    quantityMilliValue(parsed);
    addQuantity(parsed, "1");
    return written.replace(/\d+/g, "0");
  },
};

export const duration: Target = {
  ...SHORT,
  name: "duration",
  words: ["h", "m", "s", "ms", "us", "µs", "ns", ".", "-", "+", "1h"],
  seeds: () => ["1h30m", "1.5s", "-2m", "0", "100ms", "1h2m3.5s", "3us", "9223372036s"],
  allows: only(DurationError),
  run(input) {
    const ms = parseDuration(input.toString("utf8"));
    assert.ok(Number.isFinite(ms));
    const written = formatDuration(ms);
    assert.ok(Math.abs(parseDuration(written) - ms) <= 1e-3 + Math.abs(ms) * 1e-9, `${written} is not ${ms} ms`);
    humanDuration(ms);
    return written.replace(/\d+/g, "0");
  },
};

export const timestamp: Target = {
  ...SHORT,
  name: "timestamp",
  words: ["T", "Z", "+01:00", "-23:59", "2026", "-02-29", ":60", ".000000", "0000", "9999", ",5", "t", "z"],
  seeds: () => [
    "2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05.123456Z",
    "2024-02-29T23:59:59+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999-12:00",
  ],
  allows: only(TimestampError),
  run(input) {
    const text = input.toString("utf8");
    const micro = text.length % 2 === 1;
    const instant = micro ? parseMicroTime(text) : parseTime(text);
    assert.ok(Number.isFinite(instant.ms), `${text} is ${instant.ms}`);
    const written = formatInstant(instant);
    assert.deepEqual(parseTime(written), instant, written);
    return written.replace(/\d/g, "0");
  },
};

export const address: Target = {
  ...SHORT,
  name: "address",
  words: ["::", ":", ".", "/", "ffff", "::ffff:", "%eth0", "255", "010", "0x1", "/128", "/32", "/0"],
  seeds: () => [
    "10.0.0.1",
    "::1",
    "fe80::1%eth0",
    "::ffff:1.2.3.4",
    "2001:db8::/32",
    "10.0.0.0/8",
    "1:2:3:4:5:6:7:8",
    "010.1.1.1",
    "10.1.2.3/33",
  ],
  allows: nothing,
  run(input) {
    const text = input.toString("utf8");
    const ip = parseIP(text);
    if (ip !== undefined) {
      assert.deepEqual(parseIP(formatIP(ip)), ip);
      assert.deepEqual(ipFromBytes(ipToBytes(ip)), ip);
      const sloppy = parseIPSloppy(text);
      assert.ok(sloppy !== undefined, "the sloppy reader takes what the strict one takes");
      assert.deepEqual(unmapped(sloppy), unmapped(ip));
    }
    const cidr = parseCIDR(text);
    if (cidr !== undefined) {
      const again = parseCIDR(formatCIDR(cidr));
      assert.deepEqual([again?.first, again?.last, again?.bits], [cidr.first, cidr.last, cidr.bits]);
    }
    return `${ip?.family} ${cidr?.bits} ${parseIPSloppy(text) === undefined} ${parseCIDRSloppy(text) === undefined}`;
  },
};

/** Validators by name, and the names of images: regular expressions that outside text must not hold up. */
export const namedFormats: Target = {
  text: true,
  mostBytes: 16 * 1024,
  name: "formats",
  slowMs: 200,
  words: ["a.", "-", "a-", "/", "_", "%", "a/b", "kubernetes.io/", ".local", "@sha256:", ":tag", "*.", "A"],
  seeds: () => [
    "a-b.example.com",
    "kubernetes.io/name",
    "registry.example:5000/a/b__c/d-e:v1@sha256:" + "a".repeat(64),
    "A_B-1",
    "25%",
    "https",
    "a".repeat(70),
    "*.example.com",
    "10.0.0.1",
    "/a/b/../c",
  ],
  allows: nothing,
  run(input) {
    const text = input.toString("utf8");
    const image = normalizeImage(text);
    const bad = Object.entries(formats).filter(([, format]) => format(text).length > 0);
    return `${"image" in image} ${bad.length}`;
  },
};
