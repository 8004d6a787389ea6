// Logs go with their pods, and with containers that the runtime has removed; all others stay.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Cri } from "../cri.ts";
import { LABELS } from "../parts.ts";
import { removeDeadLogs } from "./dead-logs.ts";

const PRESENT = [
  ["stays", "c", 3],
  ["stays", "c", 2],
  ["stays", "side", 0],
] as const;

const cri = {
  runtime: {
    listContainers: async () => ({
      containers: PRESENT.map(([uid, name, attempt]) => ({
        labels: { [LABELS.podUid]: uid, [LABELS.containerName]: name },
        metadata: { name, attempt },
      })),
    }),
  },
} as unknown as Cri;

test("logs of pods that are gone and of containers that were removed", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kaji-logs-"));
  t.after(() => rm(folder, { recursive: true }));
  const put = async (path: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), "");
  };
  const stay = [
    "a_p_stays/c/2.log",
    "a_p_stays/c/2.log.20260102-030405.gz",
    "a_p_stays/c/3.log",
    "a_p_stays/side/0.log",
  ];
  // Of a container that the runtime does not know nothing can be told; and what is no log is nobody's business here.
  stay.push("a_p_stays/ended/0.log", "a_p_stays/c/notes.txt", "elsewhere/x");
  const go = ["a_p_gone/c/0.log", "a_p_stays/c/0.log", "a_p_stays/c/1.log", "a_p_stays/c/1.log.20260102-030405"];
  for (const path of [...stay, ...go]) await put(path);
  await removeDeadLogs({ cri, folder }, (uid) => uid === "stays", new AbortController().signal);
  const left = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  assert.deepEqual(
    left.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort(),
    stay.sort(),
  );
  assert.ok(!(await readdir(folder)).includes("a_p_gone"));
  await removeDeadLogs({ cri, folder: join(folder, "none") }, () => true, new AbortController().signal);
});
