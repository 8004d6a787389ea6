// Proves bin/setup in a checkout made here, with an npm and an apt-get that only write down how they were called.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";

const NEEDED = ["sh", "dirname", "readlink", "uname", "tr", "find", "mkdir", "tail", "touch", "cat", "chmod"];
const PROGRAMS = ["containerd", "runc", "nft", "ip", "iptables", "conntrack"];

let folder: string;
let checkout: string;
let programs: string;

function program(name: string, text: string): void {
  fs.writeFileSync(path.join(programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), "setup-"));
  checkout = path.join(folder, "checkout");
  programs = path.join(folder, "programs");
  for (const made of [path.join(checkout, "bin"), programs]) fs.mkdirSync(made, { recursive: true });
  // The places that the script looks into by name are turned to this folder.
  const script = fs
    .readFileSync(path.join(import.meta.dirname, "..", "bin", "setup"), "utf8")
    .replaceAll("/var/lib/dpkg", path.join(folder, "dpkg"))
    .replaceAll("/usr/lib/cni", path.join(folder, "cni"))
    .replaceAll("/opt/cni/bin", path.join(folder, "cni"))
    .replace("PATH=$PATH:/usr/sbin:/sbin", "");
  fs.writeFileSync(path.join(checkout, "bin", "setup"), script, { mode: 0o755 });
  fs.writeFileSync(path.join(checkout, "package-lock.json"), "{}");
  for (const name of NEEDED) {
    fs.symlinkSync(
      execFileSync("sh", ["-c", `command -v ${name}`])
        .toString()
        .trim(),
      path.join(programs, name),
    );
  }
  program("id", "echo 0");
  program("npm", `echo "npm $*" >>"${folder}/calls"; mkdir -p node_modules; touch node_modules/.package-lock.json`);
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Everything that real nodes need, as if installed. */
function installPrograms(): void {
  for (const name of PROGRAMS) program(name, "exit 0");
  for (const file of ["cni/bridge", "dpkg/info/busybox-static.list"]) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), "", { mode: 0o755 });
  }
}

function setup(...args: string[]): { status: number | null; said: string; calls: string[] } {
  fs.rmSync(path.join(folder, "calls"), { force: true });
  const { status, stdout, stderr } = spawnSync(path.join(checkout, "bin", "setup"), args, {
    env: { PATH: programs },
    encoding: "utf8",
  });
  const calls = path.join(folder, "calls");
  return {
    status,
    said: stdout + stderr,
    calls: fs.existsSync(calls) ? fs.readFileSync(calls, "utf8").trim().split("\n") : [],
  };
}

test("npm packages are installed once, and again when the lock is newer", () => {
  installPrograms();
  const first = setup();
  assert.equal(first.status, 0, first.said);
  assert.match(first.calls.join(), /^npm ci --ignore-scripts/);
  assert.deepEqual(setup(), { status: 0, said: "", calls: [] });
  const later = new Date(Date.now() + 5000);
  fs.utimesSync(path.join(checkout, "package-lock.json"), later, later);
  assert.equal(setup().calls.length, 1);
});

test("without npm, or when it fails, setup ends and says so", () => {
  installPrograms();
  program("npm", "echo nothing to be had >&2; exit 1");
  const failing = setup();
  assert.equal(failing.status, 69);
  assert.match(failing.said, /nothing to be had\nsetup: npm could not install the packages/);
  fs.rmSync(path.join(programs, "npm"));
  assert.match(setup().said, /npm is missing: install Node 18 or newer/);
});

test("only Debian packages that are missing are installed, after an update", () => {
  installPrograms();
  fs.rmSync(path.join(programs, "nft"));
  fs.rmSync(path.join(folder, "dpkg"), { recursive: true });
  program("apt-get", `echo "apt-get $*" >>"${folder}/calls"`);
  const { status, said, calls } = setup();
  assert.equal(status, 0);
  assert.match(calls[1]!, /^apt-get update/);
  assert.match(calls[2]!, /^apt-get install .* nftables busybox-static$/);
  assert.match(said, /still missing: nftables busybox-static .*nodes will be simulated/);
});

test("offline, without apt-get or without root, setup says what is missing and goes on", () => {
  program("apt-get", "echo could not resolve >&2; exit 100");
  const offline = setup();
  assert.equal(offline.status, 0);
  assert.match(offline.said, /apt-get update failed/);
  assert.match(
    offline.said,
    /still missing: containerd runc nftables iproute2 iptables conntrack containernetworking-plugins/,
  );
  fs.rmSync(path.join(programs, "apt-get"));
  assert.match(setup().said, /no apt-get here; missing for real nodes: containerd/);
  program("id", "echo 1000");
  const user = setup();
  assert.equal(user.status, 0);
  assert.match(user.said, /not root, and missing for real nodes: containerd .*nodes will be simulated/);
});

test("an option that is none is refused", () => {
  assert.equal(setup("--nope").status, 64);
});
