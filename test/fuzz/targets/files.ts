// Files that others wrote: a runtime's logs, kubeconfigs, image archives, the store's own data file.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import {
  connectionOf,
  KubeconfigError,
  kubeconfigText,
  makeKubeconfig,
  mergeKubeconfig,
  parseKubeconfig,
  withoutContext,
} from "../../../src/client/kubeconfig.ts";
import { LineSplitter, parseLogLine } from "../../../src/kubelet/server/log-lines.ts";
import { DataProblem, openForWriting, refusalOf } from "../../../src/store/sqlite/schema.ts";
import { Reads } from "../../../src/store/sqlite/reads.ts";
import { ImageArchiveError } from "../../../src/wire/containerd/archive-index.ts";
import { pauseImage } from "../../../src/wire/containerd/built-in-images.ts";
import { importArchive } from "../../../src/wire/containerd/import-archive.ts";
import { layoutArchive } from "../../../src/wire/containerd/oci-image.ts";
import type { GrpcConnection } from "../../../src/wire/grpc/client.ts";
import { GrpcError } from "../../../src/wire/grpc/error.ts";
import { nothing, only } from "../target.ts";
import type { Target } from "../target.ts";

export const logLines: Target = {
  name: "log-lines",
  text: true,
  words: [" stdout F ", " stderr P ", "\n", "2026-01-01T00:00:00.000000001Z", "P:F", " "],
  seeds: () => [
    "2026-01-01T00:00:00.5Z stdout F hello\n2026-01-01T00:00:00.5Z stderr P part\n2026-01-01T00:00:01Z stderr F ial\n",
    "no log",
    "a stdout F\n",
  ],
  allows: nothing,
  run(input) {
    const whole = new LineSplitter().push(input);
    const pieces = new LineSplitter();
    const lines: Buffer[] = [];
    for (let at = 0; at < input.length; at += 5) lines.push(...pieces.push(input.subarray(at, at + 5)));
    assert.deepEqual(lines, whole, "pieces of any size give the same lines");
    return String(whole.map(parseLogLine).filter((line) => line !== undefined).length);
  },
};

export const kubeconfig: Target = {
  name: "kubeconfig",
  text: true,
  words: [
    "clusters:\n",
    "users:\n",
    "contexts:\n",
    "current-context: a\n",
    "- name: a\n",
    "  cluster:\n",
    "    server: https://x\n",
    "null",
    "[]",
    "{}",
    "certificate-authority-data: YQ==",
    "&a ",
    "*a",
  ],
  *seeds() {
    const made = makeKubeconfig("a", {
      server: "https://127.0.0.1:6443",
      ca: "ca",
      cert: "cert",
      key: "key",
      token: "t",
    });
    yield kubeconfigText(made);
    yield "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: x, certificate-authority: f}}]\nusers: [{name: u, user: {tokenFile: f}}]\n";
  },
  allows: only(KubeconfigError),
  run(input) {
    const config = parseKubeconfig(input.toString("utf8"));
    const other = makeKubeconfig("b", { server: "https://x" });
    const merged = parseKubeconfig(kubeconfigText(mergeKubeconfig(config, other)));
    assert.equal(connectionOf(merged, () => "file").server, "https://x", "what is merged in is current");
    kubeconfigText(withoutContext(config, "a"));
    const { server } = connectionOf(config, () => "file");
    assert.equal(typeof server, "string");
    return "connection";
  },
};

/** Takes every blob. */
const containerd = {
  client: () => ({
    async *write(requests: AsyncIterable<unknown>) {
      for await (const _ of requests);
      yield { action: "COMMIT" };
    },
    update: () => Promise.resolve({}),
    create: () => Promise.resolve({}),
    delete: () => Promise.resolve({}),
  }),
} as unknown as GrpcConnection;

const archive: Uint8Array = await layoutArchive(await pauseImage("amd64"), "pause:1");

export const imageArchive: Target = {
  name: "image-archive",
  mostBytes: 64 * 1024,
  slowMs: 1000,
  words: [
    "ustar",
    "\0".repeat(512),
    "index.json",
    "manifest.json",
    '"mediaType":"application/vnd.oci.image.index.v1+json"',
    "../",
    "0000644\0",
    "77777777777",
    "null",
    "[]",
  ],
  *seeds() {
    yield archive;
    yield gzipSync(archive);
    yield gzipSync(Buffer.alloc(2 ** 22));
  },
  allows: only(ImageArchiveError, GrpcError),
  async run(input) {
    const chunks = [input.subarray(0, 700), input.subarray(700)].filter(({ length }) => length > 0);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const images = await importArchive(containerd, stream, { architecture: "amd64", qualify: (name) => name, id: "x" });
    return String(images.length);
  },
};
const folder = mkdtempSync(path.join(tmpdir(), "kaji-fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A data file with some entries. */
function dataFile(): Buffer {
  const file = path.join(folder, "seed");
  const { db, lock } = openForWriting(file);
  const insert = db.prepare(
    "INSERT INTO change (id, key, created, previous, at, cause, value) VALUES (?, ?, ?, 0, 0, '{}', ?)",
  );
  const live = db.prepare("INSERT INTO live (key, id, created) VALUES (?, ?, ?)");
  for (let i = 1; i <= 40; i++) {
    insert.run(i * 2 ** 16, `core/pods/a/${i}`, i, Buffer.from(`{"n":${i}}`));
    live.run(`core/pods/a/${i}`, i * 2 ** 16, i);
  }
  db.close();
  lock.close();
  const copy = new DatabaseSync(file);
  copy.exec("PRAGMA journal_mode = DELETE");
  const bytes = copy.serialize();
  copy.close();
  return Buffer.from(bytes);
}

/** SQLite reads it; what is refused is refused as damaged, and never by an error without a name. */
export const dataFiles: Target = {
  name: "data-file",
  mostBytes: 256 * 1024,
  slowMs: 2000,
  words: ["SQLite format 3\0", "\x10\x00\x02\x02", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"],
  seeds: () => [dataFile()],
  allows: (error) => error instanceof DataProblem || ["data", "write"].includes(refusalOf(error, "file").kind),
  run(input) {
    const file = path.join(folder, "data");
    for (const ending of ["", "-wal", "-shm", "-journal"]) rmSync(file + ending, { force: true });
    writeFileSync(file, input);
    const { db, lock } = openForWriting(file);
    try {
      const reads = new Reads(db);
      reads.get({ key: "core/pods/a/7", revision: 30 });
      db.prepare("SELECT key, value FROM change").all();
      return "opened";
    } finally {
      db.close();
      lock.close();
    }
  },
};
