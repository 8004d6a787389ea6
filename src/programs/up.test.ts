// When a node counts as ready: what it said before its agent was started tells nothing. The rest of `up` is seen in test/e2e.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Node } from "../resources/core/node.ts";
import { DataFolder } from "./data-folder.ts";
import { isReadySince, up } from "./up.ts";

const node = (status: string, lastHeartbeatTime: string) =>
  ({
    metadata: { name: "n" },
    status: { conditions: [{ type: "Ready", status, lastHeartbeatTime }] },
  }) as unknown as Node;
const at = (text: string) => Date.parse(text);

test("a node that was ready before its agent began is not ready yet", () => {
  const began = at("2026-01-01T00:00:10.700Z");
  assert.equal(isReadySince(node("True", "2026-01-01T00:00:09Z"), began), false);
  assert.equal(isReadySince(node("True", "2026-01-01T00:00:10Z"), began), true);
  assert.equal(isReadySince(node("False", "2026-01-01T00:00:11Z"), began), false);
});

test("an agent that ran already is believed", () => {
  assert.equal(isReadySince(node("True", "2026-01-01T00:00:09Z"), undefined), true);
});

test("a cluster whose port somebody else took meanwhile says so at once, and starts nothing", async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "0.0.0.0", resolve));
  const dir = await mkdtemp(join(tmpdir(), "kaji-up-"));
  t.after(async () => {
    other.close();
    await rm(dir, { recursive: true });
  });
  const { port: apiPort } = other.address() as AddressInfo;
  const folder = new DataFolder(dir);
  await folder.prepare();
  const node = { name: "n", podCidr: "10.244.0.0/24", kubeletPort: 10250, simulated: true };
  const ranges = { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16", dnsIP: "10.96.0.10" };
  await folder.writeSettings({ id: "abcde", apiPort, ...ranges, nodes: [node] });
  const before = await readdir(dir, { recursive: true });
  await assert.rejects(up({ data: dir, port: "6443", simulated: true, kubeconfig: false }), (error: Error) =>
    error.message.startsWith(`port ${apiPort}, by which clients know`),
  );
  assert.deepEqual(await readdir(dir, { recursive: true }), before);
});
