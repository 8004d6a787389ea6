// Docker's firewall, played in a network namespace of the test's own: our rules come, are not doubled, and go.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";

const NS = `kaji-fw-${process.pid}`;
const inNs = (...args: string[]) =>
  execFileSync("ip", ["netns", "exec", NS, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const script = (body: string) =>
  inNs(
    process.execPath,
    "--input-type=module",
    "-e",
    `import { allowForwarding, withdrawForwarding } from ${JSON.stringify(new URL("./firewall.ts", import.meta.url).href)}; ${body}`,
  );
const rules = { clusterId: "bcdfg", podCidr: "10.244.0.0/16" };
const log = "{ info() {}, warn() {}, error() {}, debug() {}, with() { return this; } }";
const allow = () => script(`await allowForwarding(${JSON.stringify(rules)}, ${log});`);
const ours = () =>
  inNs("iptables", "-S")
    .split("\n")
    .filter((line) => line.includes("kaji-bcdfg"));

const missing =
  process.getuid?.() !== 0
    ? "needs root"
    : ["/usr/sbin/iptables", "/sbin/iptables"].some(existsSync)
      ? false
      : "needs nftables and iptables";
describe("a firewall that drops what is forwarded", { skip: missing }, () => {
  before(() => execFileSync("ip", ["netns", "add", NS]));
  after(() => execFileSync("ip", ["netns", "del", NS]));

  it("is left alone while it accepts", () => {
    allow();
    assert.deepEqual(ours(), []);
  });
  it("lets pods through once, in Docker's chain, and takes it back", () => {
    inNs("iptables", "-P", "FORWARD", "DROP");
    inNs("iptables", "-N", "DOCKER-USER");
    allow();
    allow();
    assert.deepEqual(ours().sort(), [
      "-A DOCKER-USER -d 10.244.0.0/16 -m comment --comment kaji-bcdfg -j ACCEPT",
      "-A DOCKER-USER -s 10.244.0.0/16 -m comment --comment kaji-bcdfg -j ACCEPT",
    ]);
    script(`await withdrawForwarding("bcdfg");`);
    assert.deepEqual(ours(), []);
    assert.match(inNs("iptables", "-S"), /^-P FORWARD DROP$/m);
  });
});
