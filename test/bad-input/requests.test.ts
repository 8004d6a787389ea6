// Requests whose head is the trick: paths, methods, headers by the thousand, upgrades to nowhere.
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { after, before, test } from "node:test";
import { assertStatus, BadServer, rest } from "./server.ts";

let server: BadServer;
before(async () => {
  server = await BadServer.start();
});
after(() => server.stop());

/** Sends bytes as they are and answers what came back, at most for a while. */
async function raw(bytes: string, ms = 5000): Promise<string> {
  const socket = await server.socket();
  const said = rest(socket, ms);
  socket.write(Buffer.from(bytes, "latin1"));
  const text = await said;
  socket.destroy();
  return text;
}

const codeOf = (text: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
const get = (path: string) => raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);

test("paths that climb, hide or end nowhere reach nothing", () =>
  server.endures(async () => {
    const names = [
      "..",
      "%2e%2e",
      ".",
      "a%00b",
      "%ff%fe",
      "a%2fb",
      "%252e%252e",
      "%c0%ae%c0%ae",
      "a\\b",
      "a;b",
      "%",
      "%zz",
      "x".repeat(5000),
      "constructor",
      "__proto__",
    ];
    for (const name of names) {
      const one = codeOf(await get(`/api/v1/namespaces/default/configmaps/${name}`));
      assert.ok(one === 404 || one === 400 || one === 403, `${one} for a ConfigMap called ${name.slice(0, 20)}`);
      const inside = codeOf(await get(`/api/v1/namespaces/${name}/configmaps/kube-root-ca.crt`));
      assert.ok(inside >= 400 && inside < 500, `${inside} for the namespace ${name.slice(0, 20)}`);
      const sub = codeOf(await get(`/api/v1/namespaces/default/configmaps/a/${name}`));
      assert.ok(sub >= 400 && sub < 500, `${sub} for the subresource ${name.slice(0, 20)}`);
      const kind = codeOf(await get(`/apis/${name}/${name}/${name}`));
      assert.ok(kind >= 400 && kind < 500, `${kind} for the kind ${name.slice(0, 20)}`);
    }
    for (const path of [
      "//",
      "//api/v1/pods",
      "/api//v1/pods",
      "/api/v1/../../etc/passwd",
      "/../../etc/passwd",
      "/api/v1/namespaces//pods/x",
      "/openapi/v3/%2e%2e",
      "/openapi/v3/__proto__",
      "/healthz/../x",
      "/logs/..%2f..%2fetc",
      "*",
      "http://other/api",
    ]) {
      const code = codeOf(await get(path));
      assert.ok(code >= 200 && code < 500, `${code} for ${path}`);
    }
    assert.ok(codeOf(await get(`/${"a/".repeat(100_000)}`)) >= 400);
  }));

test("nobody passes as another by an encoded path", async () => {
  // Anonymous users may read health and version, and nothing that only looks like it.
  const anonymous = async (path: string): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const session = connectHttp2(`https://127.0.0.1:${server.port}`, { ca: server.tls.ca });
    const stream = session.request({ ":path": path });
    stream.on("response", (headers) => resolve(Number(headers[":status"])));
    stream.on("error", () => resolve(0));
    const code = await promise;
    session.destroy();
    return code;
  };
  assert.equal(await anonymous("/healthz"), 200);
  for (const path of [
    "/healthz/../api/v1/secrets",
    "/healthz%2f..%2fapi/v1/secrets",
    "/api/v1/secrets",
    "//api/v1/secrets",
    "/%61pi/v1/secrets",
    "/version/../api/v1/secrets",
    "/healthz?/api/v1/secrets",
    "/livez/..;/api/v1/secrets",
  ]) {
    const code = await anonymous(path);
    assert.ok([401, 403, 404].includes(code) || path.startsWith("/healthz?"), `${code} for ${path}`);
  }
});

test("methods and headers that are names of something else", () =>
  server.endures(async () => {
    for (const method of ["constructor", "__proto__", "TRACE", "PROPFIND", "x".repeat(2000)]) {
      const { promise, resolve } = Promise.withResolvers<number>();
      const session = connectHttp2(`https://127.0.0.1:${server.port}`, server.tls);
      const stream = session.request(
        { ":method": method, ":path": "/api/v1/namespaces/default/configmaps/a" },
        { endStream: true },
      );
      stream.on("response", (headers) => resolve(Number(headers[":status"]))).on("error", () => resolve(0));
      stream.on("close", () => resolve(0));
      const code = await promise;
      session.destroy();
      assert.ok(code === 0 || (code >= 400 && code < 500), `${code} for ${method.slice(0, 20)}`);
    }
    for (const header of [
      "impersonate-extra-%zz: a",
      "impersonate-extra-__proto__: a",
      "impersonate-user: constructor",
      "impersonate-uid: __proto__",
      "accept: application/json;__proto__=x;as=Table",
      "authorization: Bearer a.b.c",
      "authorization: Bearer ",
      "authorization: Basic Og==",
      "kaji-cause: 1,x,-1,1e99",
      "audit-id: \xff\xfe",
      "content-type: __proto__",
      "sec-websocket-protocol: base64url.bearer.authorization.k8s.io.%%%",
    ]) {
      const code = codeOf(
        await raw(`GET /api/v1/namespaces/default HTTP/1.1\r\nhost: x\r\n${header}\r\nconnection: close\r\n\r\n`),
      );
      assert.ok(code >= 200 && code < 500, `${code} for ${header}`);
    }
    for (const query of [
      "limit=99999999999999999999",
      "limit=1e9",
      "continue=%00",
      "resourceVersion=-1",
      "resourceVersion=99999999999999999999",
      "labelSelector=constructor",
      "labelSelector=" + "a,".repeat(20_000) + "a",
      "fieldSelector=__proto__%3Da",
      "timeoutSeconds=1&watch=1&resourceVersion=x",
      "watch=1&timeoutSeconds=1&labelSelector=((((",
      "%=%&%ff",
    ]) {
      const code = codeOf(await get(`/api/v1/namespaces/default/configmaps?${query}`));
      assert.ok((code >= 200 && code < 500) || code === 504, `${code} for ${query.slice(0, 40)}`);
    }
  }));

test("heads that are too long, too many, broken, or smuggle a second request", () =>
  server.endures(async () => {
    const line = `x-flood: ${"x".repeat(7000)}\r\n`;
    assert.ok(
      [200, 431, 0].includes(
        codeOf(await raw(`GET /version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${line.repeat(100)}\r\n`)) || 0,
      ),
    );
    const tooLong = codeOf(await raw(`GET /version HTTP/1.1\r\nhost: x\r\n${line.repeat(300)}\r\n`));
    assert.ok(tooLong === 431 || Number.isNaN(tooLong), `${tooLong} for two megabytes of headers`);
    const many = Array.from({ length: 50_000 }, (_, i) => `a${i}: b\r\n`).join("");
    const some = codeOf(await raw(`GET /version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${many}\r\n`));
    assert.ok([200, 431].includes(some) || Number.isNaN(some), `${some} for 50,000 headers`);
    for (const bytes of [
      "\0\0\0\0\0\0\0\0",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /api/v1/namespaces HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ]) {
      const text = await raw(bytes, 3000);
      assert.ok(text === "" || /^HTTP\/1\.1 4\d\d/.test(text), text.slice(0, 100));
    }
  }));

test("upgrades to nothing, and to what is not there", () =>
  server.endures(async () => {
    const upgrade = (path: string, more: string) =>
      raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n${more}\r\n\r\n`, 3000);
    const key = "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13";
    for (const path of [
      "/",
      "/api/v1/namespaces/default",
      "/api/v1/namespaces/default/pods/none/exec?command=x&stdout=1",
      "/api/v1/namespaces/default/pods/none/portforward",
      "/api/v1/namespaces/default/services/none/proxy/",
    ]) {
      for (const more of [
        "upgrade: websocket",
        `upgrade: websocket\r\n${key}`,
        `upgrade: websocket\r\n${key}\r\nsec-websocket-protocol: nothing`,
        "upgrade: SPDY/3.1",
        "upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__",
        "upgrade: __proto__",
      ]) {
        const text = await upgrade(path, more);
        const code = codeOf(text);
        assert.ok(
          code >= 200 && code < 500 && code !== 101,
          `${text.slice(0, 60)} for ${path} and ${more.slice(0, 20)}`,
        );
      }
    }
    const found = await server.ask({ path: "/api/v1/namespaces/default/pods/none/exec?command=x" });
    assertStatus(found, 404);
  }));
