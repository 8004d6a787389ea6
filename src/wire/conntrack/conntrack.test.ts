// What is said to conntrack and read from it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { flowsIn, forgettingOf } from "./conntrack.ts";

test("flows are named by where they went and to whom", () => {
  const target = { ip: "10.244.0.5", port: 53 };
  assert.equal(
    forgettingOf({ address: "10.96.0.7", port: 53, target }).join(" "),
    "-D -p udp --orig-dst 10.96.0.7 --orig-port-dst 53 --reply-src 10.244.0.5 --reply-port-src 53",
  );
  assert.equal(
    forgettingOf({ address: undefined, port: 30053, target: undefined }).join(" "),
    "-D -p udp --orig-port-dst 30053",
  );
});

test("translated flows are read from conntrack's list", () => {
  const listing = [
    "udp      17 25 src=192.168.9.2 dst=10.96.0.7 sport=5000 dport=53 src=10.244.0.5 dst=192.168.9.2 sport=5353 dport=5000 mark=16384 use=1",
    "udp      17 25 src=192.168.9.2 dst=10.96.0.8 sport=5000 dport=53 [UNREPLIED] src=10.244.0.6 dst=192.168.9.2 sport=5353 dport=5000 [ASSURED] mark=0 use=1",
    "tcp      6 25 ESTABLISHED src=192.168.9.2 dst=10.96.0.7 sport=5000 dport=80 src=10.244.0.5 dst=192.168.9.2 sport=8080 dport=5000 mark=0 use=1",
    "",
  ].join("\n");
  assert.deepEqual(flowsIn(listing), [
    { address: "10.96.0.7", port: 53, target: { ip: "10.244.0.5", port: 5353 } },
    { address: "10.96.0.8", port: 53, target: { ip: "10.244.0.6", port: 5353 } },
  ]);
});
