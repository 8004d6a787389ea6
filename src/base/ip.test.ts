// Proves addresses and ranges against netip's forms and, by chance, against node:net's own judgement.
import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import * as cidr from "./cidr.ts";
import * as ip from "./ip.ts";

test("addresses are read strictly and written canonically", () => {
  const cases: [string, string | undefined][] = [
    ["10.9.8.7", "10.9.8.7"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["010.0.0.1", undefined],
    ["1.2.3", undefined],
    ["1.2.3.256", undefined],
    ["1.2.3.4.5", undefined],
    ["", undefined],
    ["::", "::"],
    ["::1", "::1"],
    ["2001:DB8::FFFF", "2001:db8::ffff"],
    ["2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["1:2:3:4:5:6:7:8::", undefined],
    ["1:2:3:4:5:6:7", undefined],
    ["::1::", undefined],
    [":1:2:3:4:5:6:7", undefined],
    ["12345::", undefined],
    ["fe80::1%eth0", undefined],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
    ["::1.2.3.4:1", undefined],
  ];
  for (const [text, expected] of cases) assert.equal(ip.canonicalIP(text), expected, text);
});

test("the sloppy reader takes leading zeros and unmaps", () => {
  assert.equal(ip.formatIP(ip.parseIPSloppy("010.0.0.001")!), "10.0.0.1");
  assert.equal(ip.formatIP(ip.parseIPSloppy("::ffff:10.0.0.1")!), "10.0.0.1");
  assert.equal(ip.parseIPSloppy("10.0.0"), undefined);
  assert.equal(cidr.formatCIDR(cidr.parseCIDRSloppy("010.0.0.0/8")!), "10.0.0.0/8");
  assert.equal(cidr.formatCIDR(cidr.parseCIDRSloppy("::ffff:10.0.0.0/104")!), "10.0.0.0/8");
});

test("kinds of addresses", () => {
  const is = (f: (ip: ip.IP) => boolean, text: string) => f(ip.parseIP(text)!);
  assert.ok(is(ip.isLoopback, "127.3.2.1") && is(ip.isLoopback, "::1") && is(ip.isLoopback, "::ffff:127.0.0.1"));
  assert.ok(!is(ip.isLoopback, "128.0.0.1") && !is(ip.isLoopback, "::2"));
  assert.ok(is(ip.isMulticast, "239.1.1.1") && is(ip.isMulticast, "ff02::1") && !is(ip.isMulticast, "223.0.0.1"));
  assert.ok(is(ip.isLinkLocalUnicast, "169.254.1.1") && is(ip.isLinkLocalUnicast, "febf::1"));
  assert.ok(!is(ip.isLinkLocalUnicast, "fec0::1"));
  assert.ok(is(ip.isLinkLocalMulticast, "224.0.0.251") && !is(ip.isLinkLocalMulticast, "224.0.1.1"));
  assert.ok(is(ip.isLinkLocalMulticast, "ff02::fb") && !is(ip.isLinkLocalMulticast, "ff05::1"));
  assert.ok(is(ip.isUnspecified, "::") && is(ip.isUnspecified, "0.0.0.0"));
});

test("ranges", () => {
  const range = cidr.parseCIDR("10.96.0.0/12")!;
  assert.equal(cidr.cidrSize(range), 2n ** 20n);
  assert.equal(ip.formatIP(cidr.nthAddress(range, 10)!), "10.96.0.10");
  assert.equal(ip.formatIP(cidr.nthAddress(range, -1)!), "10.111.255.255");
  assert.equal(cidr.nthAddress(range, 2n ** 20n), undefined);
  assert.ok(cidr.cidrContains(range, ip.parseIP("10.97.3.4")!));
  assert.ok(!cidr.cidrContains(range, ip.parseIP("10.112.0.0")!));
  assert.ok(!cidr.cidrContains(range, ip.parseIP("::ffff:10.97.3.4")!));
  assert.ok(cidr.cidrContains(range, cidr.parseCIDR("10.96.0.0/16")!));
  assert.ok(cidr.cidrsOverlap(cidr.parseCIDR("10.96.0.0/16")!, range));
  assert.ok(!cidr.cidrsOverlap(cidr.parseCIDR("10.112.0.0/16")!, range));
  assert.equal(cidr.formatCIDR(cidr.nthSubnet(cidr.parseCIDR("10.244.0.0/16")!, 24, 3)!), "10.244.3.0/24");
  assert.equal(cidr.nthSubnet(cidr.parseCIDR("10.244.0.0/16")!, 24, 256), undefined);
  assert.ok(cidr.hasHostBits(cidr.parseCIDR("10.0.0.1/8")!));
  for (const bad of ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "10.0.0.0/-1", "x/8", "::/129"]) {
    assert.equal(cidr.parseCIDR(bad), undefined, bad);
  }
});

test("node:net judges alike, and text and bytes come back", () => {
  const anyIP = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(anyIP, (text) => {
      const parsed = ip.parseIP(text);
      assert.equal(parsed !== undefined, net.isIP(text) !== 0);
      const again = ip.formatIP(parsed!);
      assert.equal(ip.canonicalIP(again), again);
      assert.deepEqual(ip.ipFromBytes(ip.ipToBytes(parsed!)), parsed);
      if (net.isIPv6(text) && !ip.isIPv4Mapped(parsed!)) {
        // The URL parser compresses as RFC 5952 does.
        assert.equal(`[${again}]`, new URL(`http://[${text}]/`).hostname);
      }
    }),
    { numRuns: 1000 },
  );
});

test("text that is nearly an address is judged as node:net does", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("1", "0", "f", ":", "::", ".", "255", "1.2.3.4")), (parts) => {
      const text = parts.join("");
      assert.equal(ip.parseIP(text) !== undefined, net.isIP(text) !== 0, text);
    }),
    { numRuns: 5000 },
  );
});
