// When a hook has succeeded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import type { LifecycleHandler } from "../../resources/core/pod/lifecycle.ts";
import type { HookPlace, HookTools } from "./hooks.ts";
import { runHook } from "./hooks.ts";

const place = { containerId: "id", podIP: "10.0.0.1", container: {} } as unknown as HookPlace;
const run = (handler: LifecycleHandler, tools: object) =>
  runHook(handler, place, { clock: systemClock, ...tools } as unknown as HookTools, new AbortController().signal);

test("an HTTP hook succeeds by any answer, and fails without one", async () => {
  const hook = { httpGet: { path: "/bye", port: 80 } } as unknown as LifecycleHandler;
  for (const status of [200, 404, 500]) await run(hook, { dialer: { http: () => Promise.resolve({ status }) } });
  const refused = new Error("connection refused");
  await assert.rejects(run(hook, { dialer: { http: () => Promise.reject(refused) } }), refused);
});

test("a command succeeds by its exit code", async () => {
  const hook = { exec: { command: ["x", "y"] } } as unknown as LifecycleHandler;
  const cri = (exitCode: number) => {
    const said = { exitCode, stdout: Buffer.from("out"), stderr: Buffer.from("err") };
    return { cri: { runtime: { execSync: () => Promise.resolve(said) } } };
  };
  await run(hook, cri(0));
  await assert.rejects(run(hook, cri(3)), { message: "command 'x y' exited with 3: outerr" });
});
