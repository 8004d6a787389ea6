// A real containerd, as a node starts it, keeps the suite of all runtimes; killed, it comes back with its pods. Needs
// root and containerd; all that it makes is taken away by the kubelet's own cleaning.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { packTar } from "modern-tar";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { keepAlive, readNote } from "../../base/processes.ts";
import { writeWhole } from "../../base/whole-file.ts";
import { BUSYBOX_IMAGE, PAUSE_IMAGE, busyboxImage, pauseImage } from "../../wire/containerd/built-in-images.ts";
import { imageViews } from "../../wire/containerd/image-view.ts";
import { importImage, pinnedNames } from "../../wire/containerd/import-image.ts";
import { buildImage } from "../../wire/containerd/oci-image.ts";
import type { OciImage } from "../../wire/containerd/oci-image.ts";
import { connectGrpc } from "../../wire/grpc/client.ts";
import type { GrpcConnection } from "../../wire/grpc/client.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { Secret } from "../../resources/core/secret.ts";
import { cleanNode } from "../cleanup.ts";
import { ImageCollector } from "../images/collector.ts";
import { nodeImages } from "../images/images.ts";
import { pullRecordFiles } from "../images/pull-record-files.ts";
import { pullCredentials } from "../images/pull-secrets.ts";
import { cniConfig } from "../network/cni.ts";
import { mountedImages } from "../volumes/image-volumes.ts";
import { mountsBelow } from "../volumes/memory.ts";
import { containerdNote, containerdSocket, ensureContainerd, keepContainerd } from "./containerd-process.ts";
import { containerdCri } from "./containerd.ts";
import { runtimeSuite } from "./suite.ts";
import type { RuntimeUnderTest } from "./suite.ts";

const ID = `t${process.pid}`;
const RUN = `/run/kaji-suite-${process.pid}`;
const CGROUP = `/kaji-suite-${process.pid}`;
const ARCHITECTURE = process.arch === "arm64" ? "arm64" : "amd64";
const PATIENCE_MS = 20_000;
const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
const isHere = (program: string) => FOLDERS.some((one) => existsSync(join(one, program)));
const isRoot = process.getuid?.() === 0;
const skip = !isRoot ? "needs root" : isHere("containerd") && isHere("runc") ? false : "needs containerd";

const options = { runFolder: RUN, clock: systemClock, log: silentLog };
let folder: string | undefined;
let connection: GrpcConnection | undefined;
let release: (() => void) | undefined;
let made: Promise<RuntimeUnderTest> | undefined;
const runtime = () => (made ??= start());
const place = () => ({ ...options, folder: join(folder!, "containerd"), cniConfigFolder: join(folder!, "cni") });

async function start(): Promise<RuntimeUnderTest> {
  release = keepAlive();
  folder = await mkdtemp(join(tmpdir(), "kaji-suite-"));
  const network = { clusterId: ID, podCidr: `10.${process.pid % 200}.77.0/24`, ipamFolder: join(RUN, "ipam") };
  await mkdir(join(folder, "cni"));
  await writeWhole(join(folder, "cni", "10-suite.conflist"), cniConfig(network));
  await ensureContainerd(place());
  connection = connectGrpc({ address: `unix://${containerdSocket(RUN)}`, clock: systemClock });
  await importImage(connection, await pauseImage(ARCHITECTURE), { names: [PAUSE_IMAGE], pinned: true });
  await importImage(connection, await busyboxImage(ARCHITECTURE, await readFile("/bin/busybox")), {
    names: [BUSYBOX_IMAGE],
  });
  return { cri: containerdCri(connection, options), clock: systemClock, image: BUSYBOX_IMAGE, sandboxConfig };
}

const sandboxConfig: RuntimeUnderTest["sandboxConfig"] = (name, attempt) => ({
  metadata: { name, uid: `uid-${name}`, namespace: "suite", attempt },
  logDirectory: join(folder!, "logs", name),
  labels: { pod: name },
  linux: {
    cgroupParent: `${CGROUP}/${name}`,
    securityContext: { namespaceOptions: { network: "POD", pid: "CONTAINER" } },
  },
});

after(async () => {
  if (folder === undefined) return;
  connection?.close();
  await cleanNode({
    ...options,
    clusterId: ID,
    containerdFolder: place().folder,
    mountRoots: [folder],
    cgroupRoot: CGROUP,
    dnsAddress: "127.77.0.1",
  });
  await rm(folder, { recursive: true });
  assert.ok(!(await readdir("/run")).includes(RUN.slice("/run/".length)), "nothing is left in /run");
  release?.();
});

runtimeSuite("containerd", runtime, { skip });

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(systemClock.monotonic() < end, `${what} did not come about`);
    await systemClock.sleep(50);
  }
}

test("containerd: killed, it is started again and its pods never stopped", { skip }, async () => {
  const { cri, image } = await runtime();
  const config = sandboxConfig("survivor", 0);
  const { podSandboxId } = await cri.runtime.runPodSandbox({ config });
  const command = ["sh", "-c", "while :; do sleep 0.1; done"];
  const { image: found } = await cri.images.imageStatus({ image: { image } });
  const container = {
    metadata: { name: "c", attempt: 0 },
    image: { image: found!.id },
    command,
    logPath: "c/0.log",
    linux: {},
  };
  const { containerId } = await cri.runtime.createContainer({ podSandboxId, config: container, sandboxConfig: config });
  await cri.runtime.startContainer({ containerId });
  const before = (await cri.runtime.containerStatus({ containerId })).status!;
  const keeping = new AbortController();
  const kept = keepContainerd(place(), keeping.signal);
  const { pid } = (await readNote(containerdNote(place().folder)))!;
  process.kill(pid, "SIGKILL");
  const next = await until("another containerd", async () => {
    const note = await readNote(containerdNote(place().folder));
    return note && note.pid !== pid ? note.pid : undefined;
  });
  assert.notEqual(next, pid);
  const again = await until("an answer", () =>
    cri.runtime.containerStatus({ containerId }, { timeoutMs: 1000 }).then(
      ({ status }) => status,
      () => undefined,
    ),
  );
  assert.deepEqual([again.state, again.startedAt], ["CONTAINER_RUNNING", before.startedAt]);
  keeping.abort();
  await kept;
});

/** A registry that has nothing, and says so to whoever knows the password. */
async function emptyRegistry(): Promise<{ readonly place: string; close(): void }> {
  const right = `Basic ${Buffer.from("user:right").toString("base64")}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization === right) return response.writeHead(404).end();
    return response.writeHead(401, { "www-authenticate": 'Basic realm="here"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { place: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

test("containerd: hands a pod's credentials to the registry", { skip }, async () => {
  const { cri } = await runtime();
  const registry = await emptyRegistry();
  const pullWith = async (...passwords: string[]) => {
    const secrets = passwords.map((password) => {
      const config = { auths: { [registry.place]: { username: "user", password } } };
      return {
        data: { ".dockerconfigjson": Buffer.from(JSON.stringify(config)).toString("base64") },
        metadata: {},
      } as Secret;
    });
    const credentials = (image: string) => Promise.resolve(pullCredentials(image, secrets));
    const images = nodeImages({ cri, clock: systemClock, log: silentLog, credentials });
    const pulling = images.pull(`${registry.place}/team/app:1`, {} as Pod, new AbortController().signal);
    return pulling.then(
      () => "pulled",
      (error: Error) => error.message,
    );
  };
  assert.match(await pullWith(), /401 Unauthorized$/);
  assert.match(await pullWith("wrong"), /401 Unauthorized$/);
  assert.match(await pullWith("right"), /team\/app:1: not found$/);
  assert.match(await pullWith("wrong", "right"), /^\[.*401 Unauthorized, .*not found\]$/);
  registry.close();
});

/** A registry with one image, for whoever knows the password. Counts who asks for the manifest. */
async function privateRegistry(image: OciImage): Promise<{ readonly place: string; asked(): number; close(): void }> {
  const right = `Basic ${Buffer.from("user:right").toString("base64")}`;
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== right)
      return response.writeHead(401, { "www-authenticate": 'Basic realm="here"' }).end();
    const [, what, name = ""] = /\/(manifests|blobs)\/(.*)$/.exec(request.url ?? "") ?? [];
    const digest = name.startsWith("sha256:") ? name : image.manifest.digest;
    const bytes = what === undefined ? undefined : image.blobs.get(digest);
    if (what === "manifests") asked++;
    if (bytes === undefined) return response.writeHead(what === undefined ? 200 : 404).end();
    const type = what === "manifests" ? image.manifest.mediaType : "application/octet-stream";
    const headers = { "content-type": type, "content-length": bytes.length, "docker-content-digest": digest };
    return response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { place, asked: () => asked, close: () => void server.close() };
}

test(
  "containerd: an image that came with a secret is for those who have it, also after a restart",
  { skip },
  async () => {
    const { cri } = await runtime();
    const { layers, blobs } = await busyboxImage(ARCHITECTURE, await readFile("/bin/busybox"));
    const layer = blobs.get(layers[0]!.digest)!;
    const registry = await privateRegistry(
      buildImage({ architecture: ARCHITECTURE, layers: [layer], run: { cmd: ["secret"] } }),
    );
    const name = `${registry.place}/team/app:1`;
    const secret = (uid: string, password: string) => {
      const auths = { [registry.place]: { username: "user", password } };
      const data = { ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") };
      return { data, metadata: { name: uid, namespace: "n", uid } } as Secret;
    };
    const { signal } = new AbortController();
    const of = (...secrets: readonly Secret[]) => {
      const credentials = (image: string) => Promise.resolve(pullCredentials(image, secrets));
      const pullRecords = pullRecordFiles(folder!, silentLog);
      return nodeImages({ cri, clock: systemClock, log: silentLog, credentials, pullRecords });
    };
    const isWithheld = async (...secrets: readonly Secret[]) => {
      const found = await of(...secrets).find(name, {} as Pod, signal);
      assert.ok(found, "the image is there");
      return found.isWithheld;
    };
    assert.equal(await of().find(name, {} as Pod, signal), undefined);
    await of(secret("a", "right")).pull(name, {} as Pod, signal);
    const before = registry.asked();
    assert.ok(before > 0);
    assert.equal(await isWithheld(secret("a", "right")), false);
    assert.equal(await isWithheld(), true);
    assert.equal(await isWithheld(secret("b", "wrong")), true);
    assert.equal(await isWithheld(secret("c", "right")), false);
    assert.equal(registry.asked(), before, "nobody asked the registry");
    await assert.rejects(of().pull(name, {} as Pod, signal), /401 Unauthorized$/);
    await assert.rejects(of(secret("b", "wrong")).pull(name, {} as Pod, signal), /401 Unauthorized$/);
    assert.equal(await isWithheld(), true);
    await cri.images.removeImage({ image: { image: name } });
    registry.close();
  },
);

test(
  "containerd: what an image holds is shown, also of one that no container ever had, until it is let go",
  { skip },
  async () => {
    const { cri } = await runtime();
    const layerOf = (...files: readonly (readonly [string, string])[]) =>
      packTar(files.map(([name, body]) => ({ header: { name, size: body.length, mode: 0o4755 }, body })));
    const layers = await Promise.all([
      layerOf(["first", "1"], ["gone", "x"], ["etc/name", "old"]),
      layerOf(["etc/name", "new"], [".wh.gone", ""]),
    ]);
    const name = "registry.example/data:1";
    const data = buildImage({ architecture: ARCHITECTURE, layers, run: {} });
    await importImage(connection!, data, { names: [name] });
    const { image: found } = await cri.images.imageStatus({ image: { image: name } });
    const root = join(folder!, "kubelet");
    const volumes = mountedImages({ root, logs: "", memory: "" }, imageViews(connection!, ARCHITECTURE));
    const [shown, again] = await Promise.all([volumes.show("u", "v", found!.id), volumes.show("u", "v", found!.id)]);
    assert.equal(again, shown);
    const read = (file: string) => readFile(join(shown, file), "utf8");
    assert.deepEqual([await read("first"), await read("etc/name")], ["1", "new"]);
    assert.ok(!existsSync(join(shown, "gone")));
    await assert.rejects(writeFile(join(shown, "mine"), ""), { code: "EROFS" });
    const mounts = (await mountsBelow(root)).length;
    assert.equal(mounts, 1, "one mount, however many ask");
    // Its layers stay for as long as they are shown, even without the image.
    await cri.images.removeImage({ image: { image: name } });
    assert.equal(await read("first"), "1");
    for (const mount of await mountsBelow(root)) await promisify(execFile)("umount", [mount]);
    await volumes.release("u");
    const views = imageViews(connection!, ARCHITECTURE);
    await assert.rejects(views.view("another", found!.id), { code: "NotFound" });
    await volumes.release("u");
  },
);

test(
  "containerd: on a full disk an unused image goes; those in use, those that are kept and those that were pinned stay",
  { skip },
  async () => {
    const { cri, image } = await runtime();
    const unused = "registry.example/unused:1";
    const { layers, blobs } = await busyboxImage(ARCHITECTURE, await readFile("/bin/busybox"));
    const other = buildImage({
      architecture: ARCHITECTURE,
      layers: [blobs.get(layers[0]!.digest)!],
      run: { cmd: ["true"] },
    });
    await importImage(connection!, other, { names: [unused] });
    const [loaded, again] = ["registry.example/loaded:1", "registry.example/loaded:2"];
    const third = (cmd: string) => {
      const layer = blobs.get(layers[0]!.digest)!;
      return buildImage({ architecture: ARCHITECTURE, layers: [layer], run: { cmd: [cmd] } });
    };
    await importImage(connection!, third("first"), { names: [loaded], pinned: true });
    await importImage(connection!, third("old"), { names: [again], pinned: true });
    await importImage(connection!, third("new"), { names: [again], pinned: true });
    const ids = async () => (await cri.images.listImages({})).images.map(({ id }) => id);
    const old = third("old").config.digest;
    assert.ok((await ids()).includes(old));
    const names = async () => (await cri.images.listImages({})).images.flatMap(({ repoTags }) => repoTags).sort();
    assert.deepEqual(await names(), [BUSYBOX_IMAGE, PAUSE_IMAGE, loaded, again, unused].sort());
    const collector = new ImageCollector({
      ...options,
      cri,
      disk: async () => ({ capacityBytes: 1e12, availableBytes: 0 }),
      wanted: () => [image],
      kept: [PAUSE_IMAGE],
      pinned: (signal) => pinnedNames(connection!, { signal }),
      warn: (reason) => assert.equal(reason, "FreeDiskSpaceFailed"),
    });
    await collector.look(new AbortController().signal);
    assert.deepEqual(await names(), [BUSYBOX_IMAGE, PAUSE_IMAGE, loaded, again].sort());
    assert.ok(!(await ids()).includes(old), "what has lost its name to another is not kept");
  },
);
