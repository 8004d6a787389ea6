// Image archives of every form into a stand-in for containerd's stores, which checks digests as the real one does.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { systemClock } from "../../base/clock.ts";
import { connectGrpc } from "../grpc/client.ts";
import type { GrpcConnection } from "../grpc/client.ts";
import { GrpcError } from "../grpc/error.ts";
import { implement, serveGrpc } from "../grpc/server.ts";
import type { GrpcServer } from "../grpc/server.ts";
import { busyboxApplets, pauseImage } from "./built-in-images.ts";
import { Content } from "./content.ts";
import { importArchive } from "./import-archive.ts";
import type { ArchiveOptions } from "./import-archive.ts";
import { importImage } from "./import-image.ts";
import { Images } from "./images.ts";
import { Leases } from "./leases.ts";
import { MEDIA, buildImage, digestOf, layerOf, layoutArchive } from "./oci-image.ts";
import type { LayerEntry } from "./oci-image.ts";

const blobs = new Map<string, { data: Buffer; labels: Record<string, string> }>();
const images = new Map<string, string>();
const leases = new Set<string>();
const unleased: string[] = [];

const content = implement(Content, {
  async *write(requests, { metadata }) {
    let ref = "";
    const parts: Buffer[] = [];
    for await (const request of requests) {
      ref = request.ref;
      if (!leases.has(metadata["containerd-lease"] ?? "")) unleased.push(ref);
      if (request.expected !== "" && blobs.has(request.expected)) throw new GrpcError("AlreadyExists", ref);
      parts.push(Buffer.from(request.data));
      if (request.action !== "COMMIT") continue;
      const data = Buffer.concat(parts);
      const digest = digestOf(data);
      if (digest !== request.expected) throw new GrpcError("FailedPrecondition", `unexpected commit digest ${digest}`);
      blobs.set(digest, { data, labels: request.labels });
      yield { action: "COMMIT", digest };
    }
  },
  update({ info }) {
    const blob = blobs.get(info!.digest);
    if (blob === undefined) throw new GrpcError("NotFound", info!.digest);
    Object.assign(blob.labels, info!.labels);
    return { info };
  },
});
const imageStore = implement(Images, {
  create({ image }) {
    if (images.has(image!.name)) throw new GrpcError("AlreadyExists", image!.name);
    images.set(image!.name, image!.target!.digest);
    return { image };
  },
  update({ image }) {
    images.set(image!.name, image!.target!.digest);
    return { image };
  },
});
const leaseStore = implement(Leases, {
  create: ({ id }) => (leases.add(id), { lease: { id } }),
  delete: ({ id }) => (leases.delete(id), {}),
});

const folder = mkdtempSync(join(tmpdir(), "kaji-archive-"));
let server: GrpcServer;
let connection: GrpcConnection;
before(async () => {
  const address = `unix://${folder}/containerd.sock`;
  server = await serveGrpc({ address, services: [content, imageStore, leaseStore] });
  connection = connectGrpc({ address, clock: systemClock });
});
after(async () => {
  connection.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

const OPTIONS: ArchiveOptions = { architecture: "amd64", qualify: (name) => `test.local/${name}`, id: "x" };

function load(archive: Uint8Array, options: Partial<ArchiveOptions> = {}) {
  blobs.clear();
  images.clear();
  return importArchive(connection, new Blob([archive as Uint8Array<ArrayBuffer>]).stream(), { ...OPTIONS, ...options });
}

const layer = (text: string) => layerOf([{ path: "file", mode: 0o644, file: text }]);

test("an OCI layout, plain and compressed, twice", async () => {
  const image = await pauseImage("amd64");
  const archive = await layoutArchive(image, "pause:1");
  for (const bytes of [archive, gzipSync(archive)]) {
    const imported = await load(bytes);
    assert.deepEqual(imported, [{ names: ["test.local/pause:1"], digest: image.manifest.digest }]);
    assert.deepEqual(Object.fromEntries(images), {
      [image.config.digest]: image.manifest.digest,
      "test.local/pause:1": image.manifest.digest,
    });
    assert.deepEqual([...blobs.keys()].sort(), [...image.blobs.keys()].sort());
    const labels = blobs.get(image.manifest.digest)!.labels;
    assert.equal(labels["containerd.io/gc.ref.content.l.0"], image.layers[0]!.digest);
  }
  await importImage(connection, image, { names: ["other:1"] });
  assert.equal(images.get("other:1"), image.manifest.digest);
  assert.deepEqual([leases.size, unleased], [0, []]);
});

test("several machines in one index: ours is taken, one that is left out does not matter", async () => {
  const ours = await pauseImage("amd64");
  const theirs = await pauseImage("arm64");
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        { ...theirs.manifest, platform: { os: "linux", architecture: "arm64" } },
        { ...ours.manifest, platform: { os: "linux", architecture: "amd64" } },
        { ...ours.manifest, digest: `sha256:${"0".repeat(64)}`, platform: { os: "unknown", architecture: "unknown" } },
      ],
    }),
  );
  const descriptor = { mediaType: MEDIA.index, digest: digestOf(index), size: index.length };
  const annotations = { "io.containerd.image.name": "multi:2" };
  const file = (path: string, bytes: Uint8Array | string): LayerEntry => ({ path, mode: 0o644, file: bytes });
  const blob = ([digest, bytes]: [string, Uint8Array]) => file(`./blobs/${digest.replace(":", "/")}`, bytes);
  const archive = await layerOf([
    ...[...ours.blobs].map(blob),
    blob([descriptor.digest, index]),
    file("index.json", JSON.stringify({ schemaVersion: 2, manifests: [{ ...descriptor, annotations }] })),
  ]);
  assert.deepEqual(await load(archive), [{ names: ["test.local/multi:2"], digest: ours.manifest.digest }]);
  await assert.rejects(load(archive, { architecture: "arm64" }), /no image for linux\/arm64/);
});

test("docker save of the old form: layers without digests, a shared one as a link", async () => {
  const [one, two] = [await layer("one"), await layer("two".repeat(3_000_000))];
  const config = JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } });
  const name = `${createHash("sha256").update(config).digest("hex")}.json`;
  const manifest = [
    { Config: name, RepoTags: ["app:3", "app:latest"], Layers: ["a/layer.tar", "b/layer.tar", "c/layer.tar"] },
  ];
  const archive = await layerOf([
    { path: "a/layer.tar", mode: 0o644, file: one },
    { path: "b/layer.tar", mode: 0o644, file: two },
    { path: "c/layer.tar", linkTo: "../a/layer.tar" },
    { path: name, mode: 0o644, file: config },
    { path: "manifest.json", mode: 0o644, file: JSON.stringify(manifest) },
    { path: "repositories", mode: 0o644, file: "{}" },
  ]);
  const [image] = await load(archive);
  assert.deepEqual(image!.names, ["test.local/app:3", "test.local/app:latest"]);
  const stored = JSON.parse(String(blobs.get(image!.digest)!.data)) as { layers: { digest: string; size: number }[] };
  assert.deepEqual(
    stored.layers.map(({ digest, size }) => [digest, size]),
    [one, two, one].map((bytes) => [digestOf(bytes), bytes.length]),
  );
  for (const { digest } of stored.layers) assert.ok(blobs.has(digest));
});

test("docker save as skopeo and ko write it: layers named by digests, a configuration without an ending", async () => {
  const [one, two] = [await layer("one"), await layer("two")];
  const config = JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } });
  const hex = (data: Uint8Array | string) => createHash("sha256").update(data).digest("hex");
  const [plain, zipped] = [`${hex(one)}.tar`, `${hex(two)}.tar.gz`];
  const manifest = [`sha256:${hex(config)}`, hex(config)].map((Config, i) => {
    return { Config, RepoTags: [`app:${i}`], Layers: [plain, zipped] };
  });
  const archive = await layerOf([
    { path: plain, mode: 0o644, file: one },
    { path: zipped, mode: 0o644, file: gzipSync(two) },
    ...manifest.map(({ Config }) => ({ path: Config, mode: 0o644, file: config })),
    { path: "manifest.json", mode: 0o644, file: JSON.stringify(manifest) },
  ]);
  const images = await load(archive);
  assert.deepEqual(
    images.map(({ names }) => names),
    [["test.local/app:0"], ["test.local/app:1"]],
  );
  for (const { digest } of images) {
    const { layers } = JSON.parse(String(blobs.get(digest)!.data)) as { layers: { digest: string }[] };
    assert.deepEqual(
      layers.map((part) => part.digest),
      [digestOf(one), digestOf(gzipSync(two))],
    );
  }
});

test("archives that are none, or not whole", async () => {
  const image = buildImage({ architecture: "amd64", layers: [await layer("x")], run: {} });
  const without = (digest: string) => ({
    ...image,
    blobs: new Map([...image.blobs].filter(([key]) => key !== digest)),
  });
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /empty/],
    [Buffer.from("no tar at all, but long enough".repeat(100)), /cannot be read/],
    [gzipSync(await layoutArchive(image, "x")).subarray(0, 200), /cannot be read/],
    [await layerOf([{ path: "hello", mode: 0o644, file: "x" }]), /lacks manifest\.json/],
    [await layerOf([{ path: "index.json", mode: 0o644, file: "{" }]), /index\.json is no JSON/],
    [await layerOf([{ path: "index.json", mode: 0o644, file: "null" }]), /no image/],
    [await layoutArchive(without(image.layers[0]!.digest), "x"), /lacks sha256/],
    [await layoutArchive(without(image.manifest.digest), "x"), /lacks blobs\/sha256/],
  ];
  for (const [archive, message] of cases) {
    await assert.rejects(load(archive), (error) => {
      assert.equal((error as Error).name, "ImageArchiveError");
      assert.match((error as Error).message, message);
      return true;
    });
  }
  const wrong = {
    ...image,
    blobs: new Map([...image.blobs].map(([digest, bytes], i) => [digest, i ? bytes : Buffer.from("y")])),
  };
  await assert.rejects(load(await layoutArchive(wrong, "x")), { name: "GrpcError", code: "FailedPrecondition" });
  await assert.rejects(load(await layoutArchive(image, "x"), { qualify: () => assert.fail("bad name") }), /bad name/);
  assert.equal(leases.size, 0);
});

test("a nameless image needs a name", async () => {
  const image = await pauseImage("arm64");
  const archive = await layoutArchive(image, "latest");
  const named = (await load(archive, { architecture: "arm64", name: "mine:1" }))[0]!;
  assert.deepEqual(named.names, ["test.local/mine:1"]);
});

test(
  "images are the same bytes each time; busybox lists its applets",
  { skip: !existsSync("/bin/busybox") },
  async () => {
    assert.equal((await pauseImage("amd64")).manifest.digest, (await pauseImage("amd64")).manifest.digest);
    assert.notEqual((await pauseImage("amd64")).manifest.digest, (await pauseImage("arm64")).manifest.digest);
    const layers = [...(await pauseImage("amd64")).blobs.values()][0]!;
    const [entry] = await unpackTar(layers);
    assert.deepEqual([entry!.header.name, entry!.header.mode, entry!.data!.length], ["pause", 0o755, 222]);
    const applets = busyboxApplets(readFileSync("/bin/busybox"));
    for (const name of ["sh", "cat", "[", "wget", "httpd"]) assert.ok(applets.includes(name), name);
    assert.throws(() => busyboxApplets(Buffer.from("\0[\0[[\0cat\0\0")), /no busybox/);
  },
);
