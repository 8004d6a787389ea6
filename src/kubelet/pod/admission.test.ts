// What a node refuses of the pods that were put on it: kernel parameters, and when it is short. Room and ports are seen in
// the recorded cases.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import { admit } from "./admission.ts";

const facts = { name: "n", os: "linux", allocatable: { cpu: "2", memory: "4Gi", pods: "110" } };

const verdict = (sysctl: string, spec: object = {}) =>
  admit(
    {
      metadata: { name: "p" },
      spec: { containers: [], securityContext: { sysctls: [{ name: sysctl, value: "1" }] }, ...spec },
      status: {},
    } as unknown as Pod,
    { facts, labels: {}, others: [] },
  );

test("kernel parameters that are not a pod's own are refused", () => {
  const forbidden = (why: string) => ({ reason: "SysctlForbidden", message: `forbidden sysctl: ${why}` });
  assert.deepEqual(verdict("kernel.msgmax"), forbidden('"kernel.msgmax" not allowlisted'));
  assert.deepEqual(verdict("kernel/msgmax"), forbidden('"kernel.msgmax" not allowlisted'));
  assert.deepEqual(verdict("constructor"), forbidden('"constructor" not allowlisted'));
  assert.deepEqual(
    verdict("net.ipv4.tcp_syncookies", { hostNetwork: true }),
    forbidden('"net.ipv4.tcp_syncookies" not allowed with host Net enabled'),
  );
  assert.deepEqual(
    verdict("kernel.shm_rmid_forced", { hostIPC: true }),
    forbidden('"kernel.shm_rmid_forced" not allowed with host IPC enabled'),
  );
});

test("its own are taken, written either way", () => {
  assert.equal(verdict("net.ipv4.ip_unprivileged_port_start"), undefined);
  assert.equal(verdict("net/ipv4/ip_unprivileged_port_start"), undefined);
});

test("a pod that the node cannot protect as it asks is refused", () => {
  const of = (securityContext: object, abilities: object = {}) =>
    admit({ metadata: { name: "p" }, spec: { containers: [], securityContext }, status: {} } as unknown as Pod, {
      facts: { ...facts, hasAppArmor: false },
      labels: {},
      others: [],
      ...abilities,
    });
  assert.deepEqual(of({ supplementalGroupsPolicy: "Strict" }), {
    reason: "SupplementalGroupsPolicyNotSupported",
    message: "SupplementalGroupsPolicy=Strict is not supported in this node",
  });
  assert.equal(of({ supplementalGroupsPolicy: "Merge" }), undefined);
  const features = { supplementalGroupsPolicy: true };
  assert.equal(of({ supplementalGroupsPolicy: "Strict" }, { features }), undefined);
  assert.deepEqual(of({ appArmorProfile: { type: "RuntimeDefault" } }), {
    reason: "AppArmor",
    message: "Cannot enforce AppArmor: AppArmor is not enabled on the host",
  });
  assert.equal(of({ appArmorProfile: { type: "Unconfined" } }), undefined);
});

const pod = (spec: object) =>
  ({ metadata: { name: "p" }, spec: { containers: [{ name: "c" }], ...spec }, status: {} }) as unknown as Pod;
const under = (pressure: object, spec: object = {}) =>
  admit(pod(spec), {
    facts,
    labels: {},
    others: [],
    pressure: { memory: false, disk: false, pids: false, ...pressure },
  })?.message;

test("a node that is short takes what the cluster needs, and of memory who says how much", () => {
  const asks = { containers: [{ name: "c", resources: { requests: { memory: "1Mi" } } }] };
  const tolerates = { tolerations: [{ key: "node.kubernetes.io/memory-pressure", operator: "Exists" }] };
  assert.equal(under({}), undefined);
  assert.equal(under({ memory: true }), "The node had condition: [MemoryPressure]. ");
  assert.equal(under({ memory: true }, asks), undefined);
  assert.equal(under({ memory: true }, tolerates), undefined);
  assert.equal(under({ disk: true }, asks), "The node had condition: [DiskPressure]. ");
  assert.equal(under({ disk: true, memory: true }, asks), "The node had condition: [MemoryPressure DiskPressure]. ");
  assert.equal(under({ disk: true }, { priority: 2_000_000_000 }), undefined);
});
