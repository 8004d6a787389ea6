// Statuses reach the API when they say something new, and only then. It refuses to ask who else writes them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import type { Client } from "../../client/client.ts";
import { conflict } from "../../schema/meta/status.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { PodStatus } from "../../resources/core/pod/status.ts";
import { differences, statusReporter } from "./report.ts";

const stored: PodStatus = {
  phase: "Running",
  conditions: [{ type: "Ready", observedGeneration: 1, status: "True", lastTransitionTime: "2026-01-01T00:00:04Z" }],
  hostIPs: [{ ip: "192.0.2.1" }],
  containerStatuses: [
    {
      name: "main",
      state: { running: { startedAt: "2026-01-01T00:00:03Z" } },
      ready: true,
      restartCount: 0,
      image: "web:1",
      imageID: "sha256:1",
      allocatedResources: { cpu: "1" },
    },
  ],
};

/** The same, made in another place: members in another order, amounts and empty lists written differently. */
const again: PodStatus = {
  initContainerStatuses: [],
  containerStatuses: [
    {
      imageID: "sha256:1",
      image: "web:1",
      restartCount: 0,
      ready: true,
      allocatedResources: { cpu: "1000m" },
      state: { running: { startedAt: "2026-01-01T00:00:03Z" } },
      name: "main",
    },
  ],
  hostIPs: [{ ip: "192.0.2.1" }],
  conditions: [{ lastTransitionTime: "2026-01-01T00:00:04Z", status: "True", type: "Ready", observedGeneration: 1 }],
  phase: "Running",
};

test("the order of members is no difference", () => {
  assert.deepEqual(differences(stored, again), {});
});

test("what differs is said, and nothing else", () => {
  const after = {
    ...again,
    conditions: [{ ...again.conditions![0]!, status: "False", reason: "ContainersNotReady" }],
    containerStatuses: [{ ...again.containerStatuses![0]!, ready: false }],
  };
  assert.deepEqual(differences(stored, after), {
    conditions: after.conditions,
    containerStatuses: after.containerStatuses,
  });
  assert.deepEqual(differences(after, again).conditions, [{ ...again.conditions![0]!, reason: null }]);
});

test("a member that went away is said to be none", () => {
  const { hostIPs: _, ...rest } = again;
  assert.deepEqual(differences({ ...stored, message: "gone" }, rest), {
    hostIPs: [{ $patch: "replace" }],
    message: null,
  });
});

test("a status that the API has already is not written", async () => {
  const stop = new AbortController();
  const bodies: unknown[] = [];
  const pod = { metadata: { name: "p", namespace: "default", uid: "u", resourceVersion: "5" }, status: stored } as Pod;
  const client = {
    patch: async (_resource: unknown, _name: unknown, { body }: { readonly body: unknown }) => {
      bodies.push(body);
      return pod;
    },
  } as unknown as Client;
  const clock = new VirtualClock();
  const reporter = statusReporter({ client, clock, random: seededRandom(1), log: silentLog, signal: stop.signal });
  reporter.report(pod, again);
  await reporter.flushed("u");
  assert.deepEqual(bodies, []);
  reporter.report(pod, { ...again, phase: "Succeeded" });
  await reporter.flushed("u");
  assert.deepEqual(bodies, [{ metadata: { uid: "u" }, status: { phase: "Succeeded" } }]);
});

/** A client whose patches are refused with a conflict `times` times, of a pod that has `uid` now. */
function contended(times: number, uid: string) {
  const bodies: unknown[] = [];
  const now = { ...running, metadata: { ...running.metadata, uid } };
  const client = {
    patch: async (_resource: unknown, { name }: { readonly name: string }, { body }: { readonly body: unknown }) => {
      bodies.push(body);
      if (bodies.length <= times) throw conflict({ group: "", resource: "pods" }, name, "the object has been modified");
      return now;
    },
    get: async () => now,
  } as unknown as Client;
  return { client, bodies };
}

const running = { metadata: { name: "p", namespace: "default", uid: "u" }, status: stored } as Pod;

test("a status is written again when others were faster", async () => {
  const { signal } = new AbortController();
  const { client, bodies } = contended(2, "u");
  const clock = new VirtualClock();
  const reporter = statusReporter({ client, clock, random: seededRandom(1), log: silentLog, signal });
  reporter.report(running, { ...again, phase: "Succeeded" });
  await clock.advance(2000);
  await reporter.flushed("u");
  assert.equal(bodies.length, 3);
});

test("a status is given up when its pod is another", async () => {
  const { signal } = new AbortController();
  const { client, bodies } = contended(9, "v");
  const clock = new VirtualClock();
  const reporter = statusReporter({ client, clock, random: seededRandom(1), log: silentLog, signal });
  reporter.report(running, { ...again, phase: "Succeeded" });
  await clock.advance(2000);
  await reporter.flushed("u");
  assert.equal(bodies.length, 1);
});
