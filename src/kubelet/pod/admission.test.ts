// What a node refuses of the pods that were put on it. Kernel parameters here; room and ports are seen in the recorded cases.
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
