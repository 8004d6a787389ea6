// The command line where things are not as they should be: no root, programs missing, ports taken, folders damaged, two clusters.
// Simulated nodes, so that it needs neither root nor containers.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { CAPABILITIES } from "../../tools/stages/skips.ts";
import { KAJI, KUBECTL, must, run } from "./host.ts";
import type { Ran } from "./host.ts";

const folder = mkdtempSync(path.join(tmpdir(), "kaji-cli-"));
const made = new Set<string>();
const env = { KUBECONFIG: path.join(folder, "kubeconfig"), HOME: folder };

function kaji(args: readonly string[], more: Record<string, string> = {}): Promise<Ran> {
  return run(KAJI, args, { env: { ...env, ...more }, timeoutMs: 120_000 });
}

/** Remembers the folder, so that whatever starts there is ended. */
function data(name: string): string {
  const dir = path.join(folder, name);
  made.add(dir);
  return dir;
}

interface Status {
  readonly pid: number | null;
  readonly server: string;
  readonly nodes: readonly { readonly name: string; readonly ready: boolean }[];
}
const statusOf = async (dir: string) =>
  JSON.parse((await kaji(["status", "--data", dir, "-o", "json"])).stdout) as Status;

describe("the command line", { timeout: 240_000 }, () => {
  before(() => chmodSync(folder, 0o755));
  after(async () => {
    for (const dir of made) await kaji(["down", "--data", dir, "--delete"]);
    rmSync(folder, { recursive: true, force: true });
  });

  test("says what is wrong with its arguments, and ends with 64", async () => {
    for (const args of [
      ["up", "--nodes", "none"],
      ["up", "--port", "0"],
      ["nonsense"],
      ["up", "--nodes", "2", "--simulated", "2"],
      ["agent"],
    ]) {
      const { code, stderr } = await kaji([
        ...args,
        ...(args[0] === "up" ? ["--data", path.join(folder, "unused")] : []),
      ]);
      assert.equal(code, 64, args.join(" "));
      assert.notEqual(stderr, "");
    }
    assert.equal((await kaji(["--help"])).code, 0);
  });

  test("has no cluster to tell of where none was made, and ends with 75", async () => {
    const dir = path.join(folder, "empty");
    for (const command of ["status", "down", "kubeconfig", "control-plane"]) {
      const { code, stderr } = await kaji([command, "--data", dir]);
      assert.deepEqual([command, code], [command, 75]);
      assert.match(stderr, /no (cluster|kubeconfig) in/);
    }
  });

  test("two clusters live side by side: the second takes the next port, and each context is its own", async () => {
    const [one, two] = [data("one"), data("two")];
    const first = await kaji(["up", "--data", one, "--port", "27443", "--simulated", "2"]);
    assert.equal(first.code, 0, first.stderr);
    const second = await kaji(["up", "--data", two, "--port", "27443", "--simulated"]);
    assert.equal(second.code, 0, second.stderr);
    const [a, b] = [await statusOf(one), await statusOf(two)];
    assert.match(a.server, /:27443$/);
    assert.match(b.server, /:2744[4-9]$/);
    assert.match(second.stderr, new RegExp(b.server));
    assert.deepEqual([a.nodes.length, b.nodes.length], [2, 1]);
    assert.ok([...a.nodes, ...b.nodes].every((n) => n.ready));
    if (CAPABILITIES["kubectl"]!()) {
      const contexts = await must(KUBECTL, ["config", "get-contexts", "-o", "name"], { env });
      assert.equal(contexts.trim().split("\n").length, 2);
    }

    // A second `up` finds everything running and starts nothing.
    assert.equal((await kaji(["up", "--data", one])).code, 0);
    assert.equal((await statusOf(one)).pid, a.pid);

    assert.equal((await kaji(["down", "--data", one, "--delete"])).code, 0);
    assert.equal((await statusOf(two)).pid, b.pid, "the other cluster goes on");
    if (CAPABILITIES["kubectl"]!())
      assert.equal(
        (await must(KUBECTL, ["config", "get-contexts", "-o", "name"], { env })).trim().split("\n").length,
        1,
      );
  });

  test("a port that another program took is a fault that doctor names", async () => {
    const dir = data("taken");
    assert.equal((await kaji(["up", "--data", dir, "--port", "27543", "--simulated"])).code, 0);
    assert.equal((await kaji(["down", "--data", dir])).code, 0);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(27543, "0.0.0.0", () => resolve()));
    try {
      const { code, stdout } = await kaji(["doctor", "--data", dir, "-o", "json"]);
      const { findings } = JSON.parse(stdout) as { findings: { check: string; ok: boolean; found?: string }[] };
      const found = findings.find((f) => f.check === "ports");
      assert.deepEqual([code, found?.ok], [1, false]);
      assert.match(found?.found ?? "", /port 27543 of the API server is taken/);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("a folder of another version, and one that was half written, are refused with advice", async () => {
    const [newer, damaged] = [path.join(folder, "newer"), path.join(folder, "damaged")];
    for (const dir of [newer, damaged]) mkdirSync(dir, { recursive: true });
    writeFileSync(path.join(newer, "cluster.json"), JSON.stringify({ format: 99, id: "bcdfg", nodes: [] }));
    writeFileSync(path.join(damaged, "cluster.json"), '{"format": 1, "id": "bcd');
    const other = await kaji(["up", "--data", newer, "--simulated"]);
    assert.equal(other.code, 75);
    assert.match(other.stderr, /another version of Kaji \(format 99.*use that version, or another --data/);
    const half = await kaji(["up", "--data", damaged, "--simulated"]);
    assert.equal(half.code, 1);
    assert.match(half.stderr, /cluster\.json is damaged; put it back from a backup, or remove/);
    assert.equal(
      readFileSync(path.join(damaged, "cluster.json"), "utf8"),
      '{"format": 1, "id": "bcd',
      "nothing is overwritten",
    );
    const { code, stdout } = await kaji(["doctor", "--data", damaged]);
    assert.equal(code, 1);
    assert.match(stdout, /✗ data folder: .*is damaged/);
  });

  test(
    "without the programs for containers its nodes are simulated, and it says so",
    { skip: process.getuid?.() === 0 ? false : "needs root" },
    async () => {
      // A PATH with what a shell script needs and nothing else: no containerd, runc, nft or ip.
      const bare = path.join(folder, "bin");
      mkdirSync(bare);
      for (const program of ["sh", "dirname", "readlink", "uname", "env"])
        writeFileSync(path.join(bare, program), `#!/bin/sh\nexec /usr/bin/${program} "$@"\n`, { mode: 0o755 });
      const dir = data("bare");
      const { code, stderr } = await kaji(["up", "--data", dir, "--port", "27643"], { PATH: bare });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /not found: the nodes are simulated/);
    },
  );

  test(
    "without root its nodes are simulated, in a folder of its own",
    { skip: process.getuid?.() === 0 ? false : "needs root" },
    async () => {
      const home = path.join(folder, "nobody");
      mkdirSync(home);
      await must("chown", ["65534:65534", home]);
      const own = { HOME: home, KUBECONFIG: path.join(home, "kubeconfig") };
      const asNobody = (args: readonly string[]) =>
        run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", KAJI, ...args], {
          env: own,
          timeoutMs: 120_000,
        });
      const { code, stderr } = await asNobody(["up", "--port", "27743"]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /not root: the nodes are simulated/);
      const status = JSON.parse((await asNobody(["status", "-o", "json"])).stdout) as Status & { data: string };
      assert.equal(status.data, path.join(home, ".local/share/kaji"));
      assert.ok(status.nodes.every((n) => n.ready));
      assert.equal((await asNobody(["down", "--delete"])).code, 0);
    },
  );
});
