// Ports of the node, and when two of them are in each other's way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostPorts, portsConflict } from "./host-ports.ts";

test("containers and sidecars hold ports, init containers do not", () => {
  const port = (hostPort: number) => [{ containerPort: 1, hostPort, protocol: "TCP" as const }];
  const found = hostPorts({
    containers: [{ name: "a", ports: [...port(80), { containerPort: 2 }] }],
    initContainers: [
      { name: "i", ports: port(81) },
      { name: "s", ports: port(82), restartPolicy: "Always" },
    ],
  });
  assert.deepEqual(
    found.map((one) => one.port),
    [80, 82],
  );
  assert.equal(found[0]?.ip, "0.0.0.0");
});

test("the same port and protocol clash on the same address, and on every address", () => {
  const on = (ip: string, protocol = "TCP", port = 80) => ({ ip, protocol, port });
  assert.equal(portsConflict(on("1.1.1.1"), on("1.1.1.1")), true);
  assert.equal(portsConflict(on("1.1.1.1"), on("2.2.2.2")), false);
  assert.equal(portsConflict(on("0.0.0.0"), on("2.2.2.2")), true);
  assert.equal(portsConflict(on("0.0.0.0"), on("0.0.0.0", "UDP")), false);
  assert.equal(portsConflict(on("0.0.0.0"), on("0.0.0.0", "TCP", 81)), false);
});
