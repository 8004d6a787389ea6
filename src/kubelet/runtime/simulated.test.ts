// The simulated runtime keeps the suite of all runtimes; and its small idea of a shell.
import { test } from "node:test";
import assert from "node:assert/strict";
import { systemClock } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { programOf } from "./simulated-program.ts";
import { simulatedRuntime } from "./simulated.ts";
import { runtimeSuite } from "./suite.ts";

const IMAGE = "docker.io/library/busybox:1.36";

runtimeSuite("simulated", async () => ({
  cri: simulatedRuntime({ clock: systemClock, random: seededRandom(1), images: [IMAGE] }),
  clock: systemClock,
  image: IMAGE,
  sandboxConfig: (name, attempt) => ({
    metadata: { name, uid: `uid-${name}`, namespace: "suite", attempt },
    logDirectory: "/logs",
    labels: { pod: name },
  }),
}));

test("what a command would do", () => {
  const of = (script: string) => {
    const { runsMs, exitCode, onTerm, output } = programOf(["sh", "-c", script]);
    return { runsMs, exitCode, onTerm, output };
  };
  assert.deepEqual(of("echo bye; sleep 2; exit 3"), { runsMs: 2000, exitCode: 3, onTerm: undefined, output: "bye\n" });
  assert.deepEqual(of('trap "sleep 4; exit 6" TERM; while :; do sleep 0.1; done'), {
    runsMs: Infinity,
    exitCode: 0,
    onTerm: { afterMs: 4000, exitCode: 6 },
    output: "",
  });
  assert.equal(of('trap "" TERM; while :; do sleep 1; done').onTerm, undefined);
  assert.equal(programOf(["nginx", "-g", "daemon off;"]).runsMs, Infinity);
  assert.equal(programOf(["sleep", "1.5"]).runsMs, 1500);
  assert.match(programOf(["/no/such"]).startError ?? "", /no such file/);
});

test("lists show what a sandbox and a container have become since the last list", async () => {
  const cri = simulatedRuntime({ clock: systemClock, random: seededRandom(1), images: [IMAGE] });
  const { runtime } = cri;
  const sandboxConfig = { metadata: { name: "web", uid: "u", namespace: "demo", attempt: 0 }, labels: { pod: "web" } };
  const { podSandboxId } = await runtime.runPodSandbox({ config: sandboxConfig });
  const config = { metadata: { name: "main", attempt: 0 }, image: { image: IMAGE }, labels: { container: "main" } };
  const { containerId } = await runtime.createContainer({ podSandboxId, config, sandboxConfig });
  const states = async () => [
    (await runtime.listPodSandbox({})).items.map(({ state }) => state),
    (await runtime.listContainers({})).containers.map(({ state }) => state),
  ];
  assert.deepEqual(await states(), [["SANDBOX_READY"], ["CONTAINER_CREATED"]]);
  await runtime.startContainer({ containerId });
  assert.deepEqual(await states(), [["SANDBOX_READY"], ["CONTAINER_RUNNING"]]);
  await runtime.stopPodSandbox({ podSandboxId });
  assert.deepEqual(await states(), [["SANDBOX_NOTREADY"], ["CONTAINER_EXITED"]]);
});
