// Sub-paths of volumes: made with the volume's mode, and never outside of it, whatever links a container has left there or
// puts there in between.
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import type { AnyContainer } from "../parts.ts";
import { hostMounter } from "../volumes/binding.ts";
import type { NodeFolders } from "../volumes/paths.ts";
import { volumePath } from "../volumes/volumes.ts";
import { volumeMounts } from "./mounts.ts";
import { Escaped, bindAt, enter, openInside, readInside } from "./sub-paths.ts";
import type { Mounter } from "./sub-paths.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "mounts-")));
after(() => rmSync(root, { recursive: true }));

const folders = { root } as unknown as NodeFolders;
const pod = { metadata: { uid: "u" }, spec: { volumes: [{ name: "v", emptyDir: {} }] } } as unknown as Pod;
const base = volumePath(folders, pod, pod.spec.volumes![0]!);
const elsewhere = join(root, "elsewhere");
mkdirSync(base, { recursive: true });
chmodSync(base, 0o2777);
mkdirSync(elsewhere);
writeFileSync(join(elsewhere, "secret"), "of the node");
symlinkSync(elsewhere, join(base, "out"));
mkdirSync(join(base, "real"));
symlinkSync("real", join(base, "link"));
symlinkSync(join(root, "nowhere"), join(base, "dangling"));
writeFileSync(join(base, "file"), "");

/** What is shown where, without a mount: where the open place is. */
const shown = new Map<string, string>();
const recording: Mounter = {
  bind: async (source, target) => {
    shown.set(target, readlinkSync(source));
    // As after a mount: the target is what the source is.
    rmSync(target, { recursive: true });
    symlinkSync(source, target);
  },
  unmount: async (target) => {
    shown.delete(target);
    rmSync(target);
  },
  isMounted: async (target) => shown.has(target),
};

const container = (more: object): AnyContainer =>
  ({ name: "c", volumeMounts: [{ name: "v", mountPath: "/m", ...more }] }) as unknown as AnyContainer;

async function place(more: object | string, variables = new Map<string, string>()): Promise<string> {
  const facts = { folders, variables, mounter: recording };
  const [mount] = await volumeMounts(pod, container(typeof more === "string" ? { subPath: more } : more), facts);
  return shown.get(mount!.hostPath!) ?? mount!.hostPath!;
}

test("what is not there becomes folders with the volume's mode", async () => {
  assert.equal(await place("a/b"), join(base, "a/b"));
  for (const part of ["a", "a/b"]) assert.equal(statSync(join(base, part)).mode & 0o7777, 0o2777);
});

test("files and links inside the volume are what they lead to", async () => {
  assert.equal(await place("file"), join(base, "file"));
  assert.equal(await place("link/new"), join(base, "real/new"));
  assert.equal(await place("./real//new/"), join(base, "real/new"));
});

test("links that lead out are refused, and nothing is made where they lead", async () => {
  const refused = (path: string, what: string) => {
    const message = `failed to ${what} for volumeMount "v" of container "c"`;
    return assert.rejects(place(path), { reason: "CreateContainerConfigError", message }, path);
  };
  for (const path of ["out", "out/secret"]) await refused(path, "prepare subPath");
  for (const path of ["out/new", "out/new/deeper", "dangling", "dangling/new", "file/new"])
    await refused(path, "create subPath directory");
  assert.ok(!existsSync(join(elsewhere, "new")));
  assert.ok(!existsSync(join(root, "nowhere")));
});

test("paths that are none say so, in upstream's words", async () => {
  const variables = new Map([
    ["ABSOLUTE", "/etc"],
    ["EMPTY", ""],
    ["NAME", "real"],
  ]);
  const refused = (more: object | string, message: string) =>
    assert.rejects(place(more, variables), { reason: "CreateContainerConfigError", message });
  assert.equal(await place({ subPathExpr: "$(NAME)/x" }, variables), join(base, "real/x"));
  await refused({ subPathExpr: "$(ABSOLUTE)" }, "error SubPath `/etc` must not be an absolute path");
  await refused("a/../b", "unable to provision SubPath `a/../b`: must not contain '..'");
  await refused({ subPathExpr: "$(NONE)/$(EMPTY)" }, "missing value for EMPTY, NONE");
});

test("a part that is swapped for a link after it was looked at is not followed", async () => {
  mkdirSync(join(base, "swapped/in"), { recursive: true });
  await using held = await openInside(base, ["swapped", "in"]);
  renameSync(join(base, "swapped"), join(base, "away"));
  symlinkSync(elsewhere, join(base, "swapped"));
  // What was looked at before the swap, entered after it.
  await assert.rejects(enter(base, ["swapped"]), Escaped);
  await assert.rejects(enter(base, ["swapped", "secret"]), Escaped);
  // What was open before the swap is what it was.
  assert.equal(readlinkSync(`/proc/self/fd/${held.fd}`), join(base, "away/in"));
});

test("a mount that shows something else than what is open is taken back", async () => {
  await using found = await openInside(base, ["real"]);
  const target = join(root, "wrong");
  const wrong: Mounter = { ...recording, bind: (_, to) => recording.bind(elsewhere, to).catch(() => undefined) };
  const calls: string[] = [];
  const unmount = async (to: string) => void calls.push(to);
  await assert.rejects(bindAt(found, target, { ...wrong, bind: async () => undefined, unmount }), Escaped);
  assert.deepEqual(calls, [target]);
});

const isRoot = process.getuid?.() === 0;
test(
  "a real mount shows what is open, though its path leads out by then",
  { skip: !isRoot && "needs root" },
  async () => {
    const target = join(root, "pods/u/volume-subpaths/v/mounted/0");
    mkdirSync(join(base, "mounted"));
    writeFileSync(join(base, "mounted/own"), "of the pod");
    await using found = await openInside(base, ["mounted"]);
    renameSync(join(base, "mounted"), join(base, "moved"));
    symlinkSync(elsewhere, join(base, "mounted"));
    await bindAt(found, target, hostMounter);
    try {
      assert.equal(readFileSync(join(target, "own"), "utf8"), "of the pod");
      await using file = await openInside(base, ["moved", "own"]);
      await assert.rejects(bindAt(file, target, { ...hostMounter, isMounted: async () => false }));
      assert.equal(readFileSync(join(base, "moved/own"), "utf8"), "of the pod", "a volume is never cleared away");
      await bindAt(file, target, hostMounter);
      assert.equal(readFileSync(target, "utf8"), "of the pod");
    } finally {
      await hostMounter.unmount(target);
    }
  },
);

test("who insists on mounts that are read-only all the way down gets nothing less", async () => {
  const of = async (mount: object, hasRecursiveReadOnly: boolean) => {
    const container = { name: "c", volumeMounts: [{ name: "v", mountPath: "/v", ...mount }] } as AnyContainer;
    const facts = { folders, variables: new Map<string, string>(), mounter: recording, hasRecursiveReadOnly };
    return (await volumeMounts(pod, container, facts))[0]?.recursiveReadOnly;
  };
  const strict = { readOnly: true, recursiveReadOnly: "Enabled" };
  const perhaps = { readOnly: true, recursiveReadOnly: "IfPossible" };
  assert.deepEqual(
    [await of(strict, true), await of(perhaps, true), await of(perhaps, false)],
    [true, true, undefined],
  );
  assert.equal(await of({ readOnly: true, recursiveReadOnly: "Disabled" }, true), undefined);
  const why = 'failed to resolve recursive read-only mode: volume "v" requested recursive read-only mode, but it is';
  await assert.rejects(of(strict, false), { message: `${why} not supported by the runtime` });
  await assert.rejects(of({ ...strict, readOnly: false }, true), { message: `${why} not read-only` });
});

test("a file of a volume is read where it lies, and not through links that lead out", async () => {
  const volume = join(root, "files");
  mkdirSync(join(volume, "in"), { recursive: true });
  writeFileSync(join(volume, "in", "env"), "A='x'");
  symlinkSync("in/env", join(volume, "link"));
  symlinkSync(join(elsewhere, "secret"), join(volume, "out"));
  assert.equal(await readInside(volume, ["in", "env"], 100), "A='x'");
  assert.equal(await readInside(volume, ["link"], 100), "A='x'");
  await assert.rejects(readInside(volume, ["out"], 100), Escaped);
  await assert.rejects(readInside(volume, ["none"], 100), /none is not there/);
  await assert.rejects(readInside(volume, ["in"], 100), /it is no file/);
  await assert.rejects(readInside(volume, ["in", "env"], 3), /too large/);
});
