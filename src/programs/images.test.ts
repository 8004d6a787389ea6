// `image load` and `image ls`: archives of both forms into a stand-in for containerd, and what the commands refuse.
import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { systemClock } from "../base/clock.ts";
import { Content } from "../wire/containerd/content.ts";
import { Images } from "../wire/containerd/images.ts";
import { Leases } from "../wire/containerd/leases.ts";
import { buildImage, digestOf, layerOf, layoutArchive } from "../wire/containerd/oci-image.ts";
import type { Architecture } from "../wire/containerd/pause-program.ts";
import { connectGrpc } from "../wire/grpc/client.ts";
import type { GrpcConnection } from "../wire/grpc/client.ts";
import { GrpcError } from "../wire/grpc/error.ts";
import { implement, serveGrpc } from "../wire/grpc/server.ts";
import type { GrpcServer } from "../wire/grpc/server.ts";
import { imageList, imageLoad, load, qualify } from "./images.ts";

const own: Architecture = process.arch === "arm64" ? "arm64" : "amd64";
const other: Architecture = own === "arm64" ? "amd64" : "arm64";
const blobs = new Set<string>();
const names = new Set<string>();

const content = implement(Content, {
  async *write(requests) {
    const parts: Buffer[] = [];
    for await (const request of requests) {
      if (request.expected !== "" && blobs.has(request.expected)) throw new GrpcError("AlreadyExists", request.ref);
      parts.push(Buffer.from(request.data));
      if (request.action !== "COMMIT") continue;
      const digest = digestOf(Buffer.concat(parts));
      if (digest !== request.expected) throw new GrpcError("FailedPrecondition", "another digest");
      blobs.add(digest);
      yield { action: "COMMIT", digest };
    }
  },
  update: ({ info }) => ({ info }),
});
const pinned = new Set<string>();
const images = implement(Images, {
  create: ({ image }) => {
    names.add(image!.name);
    if (image!.labels["io.cri-containerd.pinned"] === "pinned") pinned.add(image!.name);
    return { image };
  },
});
const leases = implement(Leases, { create: ({ id }) => ({ lease: { id } }), delete: () => ({}) });

let folder: string;
let server: GrpcServer;
let connection: GrpcConnection;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kaji-images-"));
  const address = `unix://${folder}/containerd.sock`;
  server = await serveGrpc({ address, services: [content, images, leases] });
  connection = connectGrpc({ address, clock: systemClock });
});
after(async () => {
  connection.close();
  await server.close();
  await rm(folder, { recursive: true });
});

async function imageFor(architecture: Architecture, text: string) {
  const layer = await layerOf([{ path: "hello", mode: 0o644, file: text }]);
  return { layer, image: buildImage({ architecture, layers: [layer], run: { cmd: ["/hello"] } }) };
}

/** An archive as `docker save` writes it. */
async function saved(architecture: Architecture, text: string, tag: string): Promise<Uint8Array> {
  const { layer, image } = await imageFor(architecture, text);
  const manifest = [{ Config: "config.json", RepoTags: [tag], Layers: ["one/layer.tar"] }];
  return layerOf([
    { path: "config.json", mode: 0o644, file: image.blobs.get(image.config.digest)! },
    { path: "one", mode: 0o755 },
    { path: "one/layer.tar", mode: 0o644, file: layer },
    { path: "manifest.json", mode: 0o644, file: JSON.stringify(manifest) },
  ]);
}

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

test("an OCI layout, plain and compressed", async () => {
  const { image } = await imageFor(own, "layout");
  const archive = await layoutArchive(image, "kaji.local/layout:1");
  for (const path of [await file("a.tar", archive), await file("a.tar.gz", gzipSync(archive))]) {
    names.clear();
    assert.deepEqual(await load(connection, path), [{ names: ["kaji.local/layout:1"], digest: image.manifest.digest }]);
    assert.deepEqual(names, new Set([image.config.digest, "kaji.local/layout:1"]));
    for (const digest of image.blobs.keys()) assert.ok(blobs.has(digest), digest);
  }
});

test("what docker save wrote gets its whole name", async () => {
  const [loaded] = await load(connection, await file("b.tar", await saved(own, "saved", "web:2")));
  assert.deepEqual(loaded!.names, ["docker.io/library/web:2"]);
  assert.ok(names.has("docker.io/library/web:2"));
  assert.ok(pinned.has("docker.io/library/web:2"), "it cannot be had again, so it stays when the disk is full");
  assert.ok(!pinned.has([...names].find((name) => name.startsWith("sha256:"))!), "nameless, it may go");
});

test("bad archives are named, with what is wrong", async () => {
  const foreign = new RegExp(`no image for linux/${own}: it is for ${other}`);
  const { image } = await imageFor(other, "foreign");
  const cases: [string, Uint8Array | string, RegExp][] = [
    ["empty.tar", "", /the archive is empty/],
    ["text.tar", "this is no archive. ".repeat(100), /cannot be read/],
    ["other.tar", await layerOf([{ path: "readme", mode: 0o644, file: "x" }]), /lacks manifest\.json/],
    ["cut.tar", (await saved(own, "cut", "cut:1")).subarray(0, 2000), /cannot be read|lacks/],
    ["foreign-layout.tar", await layoutArchive(image, "kaji.local/foreign:1"), foreign],
    ["foreign-saved.tar", await saved(other, "foreign", "foreign:1"), foreign],
    ["name.tar", await saved(own, "name", "UPPER:1"), /names no image/],
  ];
  for (const [name, bytes, message] of cases) {
    const path = await file(name, bytes);
    await assert.rejects(load(connection, path), (error: Error) => {
      assert.match(error.message, message);
      return error.message.startsWith(path);
    });
  }
});

test("names become whole", () => {
  assert.equal(qualify("web"), "docker.io/library/web:latest");
  assert.equal(qualify("team/web:1"), "docker.io/team/web:1");
  assert.equal(qualify("localhost/web"), "localhost/web:latest");
  assert.equal(qualify("registry.example:5000/team/web:1"), "registry.example:5000/team/web:1");
});

test("no cluster, simulated nodes, nodes that do not run, files that are none", async () => {
  const data = join(folder, "data");
  const archive = await file("good.tar", await saved(own, "good", "good:1"));
  await assert.rejects(imageList({ data }), /no cluster in .*kaji up/);
  await mkdir(data);
  const cluster = async (simulated: boolean): Promise<void> => {
    const nodes = [{ name: "n", podCidr: "10.244.0.0/24", kubeletPort: 10250, simulated }];
    await writeFile(join(data, "cluster.json"), JSON.stringify({ format: 1, id: "zzzzz", nodes }));
  };
  await cluster(true);
  await assert.rejects(imageLoad([archive], { data }), /simulated/);
  await cluster(false);
  await assert.rejects(imageLoad([archive], { data }), /node n does not run/);
  await assert.rejects(imageLoad([join(folder, "none.tar")], { data }), /none\.tar cannot be read: ENOENT/);
  await assert.rejects(imageLoad([folder], { data }), /is no file/);
});
