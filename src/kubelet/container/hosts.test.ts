// A pod's names: its own choice, the one for the kernel, and /etc/hosts.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import { hostsText, kernelHostname, podHostname } from "./hosts.ts";

const pod = (spec: object, name = "web-0") => ({ metadata: { name, namespace: "n" }, spec }) as unknown as Pod;
const DOMAIN = "cluster.local";

test("a name is the pod's, its hostname's, or what overrides both; cut at 63", () => {
  assert.equal(podHostname(pod({})), "web-0");
  assert.equal(podHostname(pod({ hostname: "h" })), "h");
  assert.equal(podHostname(pod({ hostname: "h", hostnameOverride: "own.example.com" })), "own.example.com");
  assert.equal(podHostname(pod({}, `${"a".repeat(62)}-b`)), "a".repeat(62));
});

test("the kernel says the whole name where that is asked for and it fits", () => {
  const spec = { hostname: "h", subdomain: "s" };
  assert.equal(kernelHostname(pod(spec), DOMAIN), "h");
  assert.equal(kernelHostname(pod({ ...spec, setHostnameAsFQDN: true }), DOMAIN), "h.s.n.svc.cluster.local");
  assert.equal(kernelHostname(pod({ setHostnameAsFQDN: true }), DOMAIN), "web-0");
  const long = "l".repeat(50);
  const text =
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${long}.s.n.svc.cluster.local is too long ` +
    "(64 characters is the max, 72 characters requested)";
  assert.throws(() => kernelHostname(pod({ hostname: long, subdomain: "s", setHostnameAsFQDN: true }), DOMAIN), {
    message: text,
  });
});

test("a name of its own choice stands alone in /etc/hosts", () => {
  const lines = (spec: object) => hostsText(pod(spec), ["10.0.0.2"], DOMAIN, "").split("\n");
  assert.ok(lines({ hostname: "h", subdomain: "s" }).includes("10.0.0.2\th.s.n.svc.cluster.local\th"));
  assert.ok(lines({ subdomain: "s", hostnameOverride: "own.example.com" }).includes("10.0.0.2\town.example.com"));
});
