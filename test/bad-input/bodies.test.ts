// Bodies that are too deep, too long, cut off, no text, or far larger than they look.
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { assertStatus, BadServer } from "./server.ts";
import type { Answer } from "./server.ts";

let server: BadServer;
before(async () => {
  server = await BadServer.start();
});
after(() => server.stop());

const MAPS = "/api/v1/namespaces/default/configmaps";
const post = (body: string | Uint8Array, type = "application/json", more = ""): Promise<Answer> =>
  server.ask({ method: "POST", path: MAPS + more, headers: { "content-type": type }, body });
const map = (data: string, name = "a") =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":${data}}`;

test("JSON that is nested without end", () =>
  server.endures(async () => {
    for (const depth of [1000, 9000, 200_000]) {
      assertStatus(await post("[".repeat(depth)), 400);
      // A field that the kind does not have is passed over, up to the depth that is read at all.
      assertStatus(await post(`{"a":`.repeat(depth) + "1" + "}".repeat(depth)), depth > 10_000 ? 400 : 422);
      assertStatus(await post(map(`{"a":`.repeat(depth) + "1" + "}".repeat(depth))), 400);
    }
  }));

test("JSON that is cut off, no text, or says a key twice", () =>
  server.endures(async () => {
    const whole = map('{"k":"v"}', "cut");
    for (let end = 0; end < whole.length; end += 7) assertStatus(await post(whole.slice(0, end)), 400);
    assertStatus(await post(Buffer.from([0x7b, 0xff, 0xfe, 0x00])), 400);
    assertStatus(await post(Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])), 400);
    assertStatus(await post("\ufeff{}"), 400);
    assertStatus(
      await post(map('{"a":"1","a":"2"}', "twice"), "application/json", "?fieldValidation=Strict"),
      400,
      /duplicate field "data.a"/,
    );
    assertStatus(await post(map('{"a":1e999}')), 400);
    // Many keys twice are told in a message of bounded length, many unknown ones too.
    const many = Array.from({ length: 50_000 }, (_, i) => `"k${i % 25_000}":"v"`).join(",");
    assertStatus(await post(map(`{${many}}`), "application/json", "?fieldValidation=Strict"), 400);
    assertStatus(
      await post(
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},${many}}`,
        "application/json",
        "?fieldValidation=Strict",
      ),
      400,
    );
    // As in Go, bytes that are no UTF-8 within a string are replaced; the object is made.
    const odd = Buffer.concat([
      Buffer.from('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"odd"},"data":{"k":"'),
      Buffer.from([0xff, 0xc0]),
      Buffer.from('"}}'),
    ]);
    const { code } = await post(odd);
    if (code !== 201 && code !== 400) throw new Error(`${code} for a body that is no UTF-8`);
  }));

test("bodies at and above 3 MB, compressed ones that become more", () =>
  server.endures(async () => {
    const large = map(`{"k":"${"x".repeat(3 * 2 ** 20)}"}`);
    assertStatus(await post(large), 413);
    assertStatus(await post(map(`{"k":"${"x".repeat(2 ** 20 + 1000)}"}`)), 422, /Too long/);
    for (let i = 0; i < 10; i++) {
      const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, "a"));
      assertStatus(
        await server.ask({ method: "POST", path: MAPS, headers: { "content-encoding": "gzip" }, body: bomb }),
        413,
      );
    }
    assertStatus(
      await server.ask({ method: "POST", path: MAPS, headers: { "content-encoding": "gzip" }, body: "no gzip" }),
      400,
    );
    assertStatus(
      await server.ask({
        method: "POST",
        path: MAPS,
        headers: { "content-encoding": "gzip" },
        body: gzipSync("{}").subarray(0, 12),
      }),
      400,
    );
  }));

test("YAML aliases that multiply, loop, and keys by the ten thousand", () =>
  server.endures(async () => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`);
    const yaml = "application/yaml";
    assertStatus(await post(`l0: &l0 [x]\n${levels.join("\n")}\n`, yaml), 400, /excessive aliasing/);
    assertStatus(await post("apiVersion: v1\nkind: ConfigMap\ndata: &a\n  b: *a\n", yaml), 400, /contains itself/);
    assertStatus(await post(`${"- ".repeat(100_000)}a`, yaml), 400);
    assertStatus(await post("{".repeat(100_000), yaml), 400);
    assertStatus(await post("a: b\n".repeat(100_000), yaml, "?fieldValidation=Strict"), 400);
    const apply = (body: string) =>
      server.ask({
        method: "PATCH",
        path: `${MAPS}/x?fieldManager=m`,
        headers: { "content-type": "application/apply-patch+yaml" },
        body,
      });
    assertStatus(await apply(`l0: &l0 [x]\n${levels.join("\n")}\n`), 400, /excessive aliasing/);
    assertStatus(await apply("null"), 500);
    assertStatus(await apply("[]"), 500);
    assertStatus(await apply("just text"), 500);
  }));

test("protobuf that announces more than it has, nests, or lies", () =>
  server.endures(async () => {
    const protobuf = (bytes: Uint8Array) =>
      post(Buffer.concat([Buffer.from("k8s\0"), bytes]), "application/vnd.kubernetes.protobuf");
    const typeMeta = Buffer.concat([
      Buffer.of(0x0a, 15, 0x0a, 2),
      Buffer.from("v1"),
      Buffer.of(0x12, 9),
      Buffer.from("ConfigMap"),
    ]);
    const bytes = (tag: number, inner: Uint8Array): Buffer => {
      const length: number[] = [];
      for (let n = inner.length; ; n >>>= 7) {
        if (n < 0x80) {
          length.push(n);
          break;
        }
        length.push((n & 0x7f) | 0x80);
      }
      return Buffer.concat([Buffer.of(tag, ...length), inner]);
    };
    assertStatus(await post("no prefix", "application/vnd.kubernetes.protobuf"), 400);
    assertStatus(await protobuf(Buffer.concat([typeMeta, Buffer.of(0x12, 0xff, 0xff, 0xff, 0xff, 0x7f)])), 400);
    assertStatus(await protobuf(Buffer.alloc(2 ** 20, 0x0b)), 400);
    assertStatus(await protobuf(Buffer.alloc(2 ** 20, 0xff)), 400);
    let nested: Buffer = Buffer.alloc(0);
    for (let i = 0; i < 5000; i++) nested = bytes(0x0a, nested);
    // The first levels are the name and so on of metadata, the others are text in it.
    assertStatus(await protobuf(Buffer.concat([typeMeta, bytes(0x12, nested)])), 422);
    // A hundred thousand empty entries: two bytes each.
    const entries = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.of(0x12, 0)));
    const { code } = await protobuf(Buffer.concat([typeMeta, bytes(0x12, entries)]));
    if (code !== 422 && code !== 400) throw new Error(`${code} for a map without keys`);
  }));

test("patches that would grow without end", () =>
  server.endures(async () => {
    const patch = (body: string, type: string) =>
      server.ask({ method: "PATCH", path: `${MAPS}/target`, headers: { "content-type": `application/${type}` }, body });
    await post(map(`{"k":"${"x".repeat(10_000)}"}`, "target"));
    const copies = Array.from({ length: 40 }, (_, i) => `{"op":"copy","from":"/data","path":"/data/c${i}"}`);
    assertStatus(await patch(`[${copies.join(",")}]`, "json-patch+json"), 422);
    assertStatus(
      await patch(`[${'{"op":"test","path":"/kind","value":"ConfigMap"},'.repeat(10_000)}{}]`, "json-patch+json"),
      413,
    );
    const deep = '{"data":'.repeat(5000) + "1" + "}".repeat(5000);
    for (const type of ["merge-patch+json", "strategic-merge-patch+json"]) {
      const answer = await patch(deep, type);
      if (answer.code < 400 || answer.code >= 500)
        throw new Error(`${answer.code} for a patch that is too deep: ${answer.body.slice(0, 300)}`);
    }
    assertStatus(await patch('[{"op":"add","path":"' + "/a".repeat(100_000) + '","value":1}]', "json-patch+json"), 422);
    assertStatus(await patch("{}", "constructor"), 415);
    assertStatus(
      await server.ask({
        method: "PATCH",
        path: `${MAPS}/target`,
        headers: { "content-type": "constructor" },
        body: "{}",
      }),
      415,
    );
  }));
