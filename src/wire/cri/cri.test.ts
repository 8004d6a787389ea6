// Every message of the CRI: filled in every field, it survives encoding. And what a few look like on the wire.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { AnyMessage, FieldType } from "../protobuf/message.ts";
import { ContainerStatus } from "./container.ts";
import { ContainerConfig } from "./container-config.ts";
import { PodSandboxConfig } from "./sandbox-config.ts";
import { ImageService, RuntimeService } from "./service.ts";

/** A value with every field set, none of them at its zero. */
function full(of: FieldType): unknown {
  if (of.form === "repeated") return [full(of.of), full(of.of)];
  if (of.form === "map") return { "a/b": full(of.value) };
  if (of.form === "optional") return full(of.of);
  if (of.form === "lazy") return full(of.message());
  if (of.form === "message") {
    return Object.fromEntries(Object.entries(of.fields).map(([name, { type }]) => [name, full(type)]));
  }
  if ("numbers" in of) return Object.keys(of.numbers as object)[1];
  if (of.zero === "") return "text";
  if (of.zero === 0) return 7;
  if (of.zero === 0n) return 1_790_000_000_123_456_789n;
  return of.zero === false ? true : Buffer.from([1, 2]);
}

function messagesBelow(type: AnyMessage, found: Set<AnyMessage>): void {
  if (found.has(type)) return;
  found.add(type);
  for (const { type: of } of Object.values(type.fields)) {
    const inner = of.form === "repeated" ? of.of : of.form === "map" ? of.value : of;
    if (inner.form === "message") messagesBelow(inner, found);
  }
}

test("all messages of both services keep every field", () => {
  const found = new Set<AnyMessage>();
  const methods = [...Object.values(RuntimeService.methods), ...Object.values(ImageService.methods)];
  for (const method of methods) for (const type of [method.input, method.output]) messagesBelow(type, found);
  for (const type of found) {
    const value = full(type) as object;
    assert.deepEqual(type.decode(type.encode(value)), value, type.name);
  }
  assert.equal(methods.length, 43);
  assert.ok(found.size > 150, `only ${found.size} messages`);
});

test("known bytes", () => {
  const config = PodSandboxConfig.encode({
    metadata: { name: "p", uid: "u", namespace: "n", attempt: 1 },
    portMappings: [{ protocol: "UDP", containerPort: 53 }],
    labels: { a: "b" },
  });
  assert.equal(Buffer.from(config).toString("hex"), "0a0b0a01701201751a016e20012a0408011035" + "32060a0161120162");
  // Field 14 has a tag of one byte, 17 one of two.
  assert.equal(
    Buffer.from(ContainerConfig.encode({ tty: true, cdiDevices: [{ name: "x" }] })).toString("hex"),
    "70018a01030a0178",
  );
  const status = ContainerStatus.decode(Buffer.from("1802208080cc9fc2f0d6eb1838ffffffffffffffffff01", "hex"));
  assert.deepEqual([status.state, status.createdAt, status.exitCode], ["CONTAINER_EXITED", 1790000000000000000n, -1]);
});
