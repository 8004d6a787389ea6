// Ports of the node as an nft table: which pods are in it, and that the table follows them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { keepAlive } from "../../base/processes.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { recorded } from "../../wire/nftables/nft.ts";
import { hostPortRules, runHostPorts } from "./host-ports.ts";

const pod = (ip: string | undefined, port: object, more: object = {}): Pod =>
  ({
    metadata: {},
    spec: { containers: [{ name: "c", ports: [port] }], ...more },
    status: { phase: "Running", ...(ip && { podIPs: [{ ip }] }) },
  }) as unknown as Pod;

const NAMES = { table: "t", bridge: "b" };

test("ports of every address and of one; none of pods without an address, of the host's network, or of other containers", () => {
  const text = hostPortRules(
    [
      pod("10.0.0.2", { hostPort: 80, containerPort: 8080 }),
      pod("10.0.0.3", { hostPort: 53, containerPort: 5353, protocol: "UDP", hostIP: "192.0.2.1" }),
      pod(undefined, { hostPort: 81, containerPort: 1 }),
      pod("192.0.2.1", { hostPort: 82, containerPort: 82 }, { hostNetwork: true }),
      pod("10.0.0.4", { containerPort: 83 }),
      pod("10.0.0.5", { hostPort: 84, containerPort: 8084, hostIP: "127.0.0.1" }),
    ],
    NAMES,
  );
  assert.match(text, /map anywhere .*elements = \{ tcp \. 80 : 10\.0\.0\.2 \. 8080 \}/);
  assert.match(
    text,
    /map somewhere .*elements = \{ 127\.0\.0\.1 \. tcp \. 84 : 10\.0\.0\.5 \. 8084, 192\.0\.2\.1 \. udp \. 53 : 10\.0\.0\.3 \. 5353 \}/,
  );
  assert.match(text, /hairpin .*elements = \{ 10\.0\.0\.2 \. 10\.0\.0\.2, 10\.0\.0\.3 \. 10\.0\.0\.3, 10\.0\.0\.5/);
  // From the loopback to pods and back; from pods to the loopback never.
  assert.match(text, /set targets .*elements = \{ 10\.0\.0\.2, 10\.0\.0\.3, 10\.0\.0\.5 \}/);
  assert.match(text, /prerouting .* ip daddr != 127\.0\.0\.0\/8 jump dispatch/);
  assert.match(text, /output .* fib daddr type local jump dispatch/);
  assert.match(text, /iifname "b" ip daddr 127\.0\.0\.0\/8 ct state != \{ established, related \} drop/);
  assert.doesNotMatch(text, /8[123]\b/);
  assert.equal(hostPortRules([pod("10.0.0.4", { containerPort: 83 })], NAMES), "");
});

test("the table follows the pods", async () => {
  const release = keepAlive();
  const nft = recorded();
  const stop = new AbortController();
  let list = [pod("10.0.0.2", { hostPort: 80, containerPort: 8080 })];
  let tell = () => {};
  const pods = {
    list: () => list,
    synced: Promise.resolve(),
    listen: (listener: () => void) => ((tell = listener), () => {}),
  };
  const settings: string[] = [];
  const set = async (file: string, value: string) => void settings.push(`${file}=${value}`);
  const tools = { pods, nft, set, clock: systemClock, log: silentLog };
  const running = runHostPorts({ ...tools, ...NAMES }, stop.signal);
  await systemClock.sleep(5);
  tell();
  await systemClock.sleep(5);
  assert.equal(nft.batches.length, 1, "nothing changed: nothing is applied");
  list = [];
  tell();
  await systemClock.sleep(5);
  assert.deepEqual(nft.batches.slice(1), ["table ip t\ndelete table ip t\n"]);
  assert.deepEqual(settings, ["/proc/sys/net/ipv4/conf/b/route_localnet=1"]);
  stop.abort();
  await running;
  release();
});
