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

test("ports of every address and of one; none of pods without an address, of the host's network, or of other containers", () => {
  const text = hostPortRules(
    [
      pod("10.0.0.2", { hostPort: 80, containerPort: 8080 }),
      pod("10.0.0.3", { hostPort: 53, containerPort: 5353, protocol: "UDP", hostIP: "192.0.2.1" }),
      pod(undefined, { hostPort: 81, containerPort: 1 }),
      pod("192.0.2.1", { hostPort: 82, containerPort: 82 }, { hostNetwork: true }),
      pod("10.0.0.4", { containerPort: 83 }),
    ],
    "t",
  );
  assert.match(text, /map anywhere .*elements = \{ tcp \. 80 : 10\.0\.0\.2 \. 8080 \}/);
  assert.match(text, /map somewhere .*elements = \{ 192\.0\.2\.1 \. udp \. 53 : 10\.0\.0\.3 \. 5353 \}/);
  assert.match(text, /hairpin .*elements = \{ 10\.0\.0\.2 \. 10\.0\.0\.2, 10\.0\.0\.3 \. 10\.0\.0\.3 \}/);
  assert.doesNotMatch(text, /8[123]\b/);
  assert.equal(hostPortRules([pod("10.0.0.4", { containerPort: 83 })], "t"), "");
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
  const running = runHostPorts({ pods, nft, table: "t", clock: systemClock, log: silentLog }, stop.signal);
  await systemClock.sleep(5);
  tell();
  await systemClock.sleep(5);
  assert.equal(nft.batches.length, 1, "nothing changed: nothing is applied");
  list = [];
  tell();
  await systemClock.sleep(5);
  assert.deepEqual(nft.batches.slice(1), ["table ip t\ndelete table ip t\n"]);
  stop.abort();
  await running;
  release();
});
