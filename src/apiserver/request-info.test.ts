// RequestInfo out of paths: the shapes that Kubernetes has, and the odd ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isLongRunning, pathTail, requestInfo, segmentsOf } from "./request-info.ts";

const info = (method: string, url: string) => {
  const [path = "", query = ""] = url.split("?");
  return requestInfo(method, path, new URLSearchParams(query));
};

const short = (method: string, url: string) => {
  const { isResource, verb, group, version, namespace, resource, subresource, name } = info(method, url);
  return isResource ? [verb, group, version, namespace, resource, subresource, name].join("|") : `-|${verb}`;
};

const tailOf = (path: string) => pathTail(segmentsOf(path));

test("the shapes of resource paths", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["GET", "/api/v1/namespaces", "list||v1||namespaces||"],
    ["GET", "/api/v1/namespaces/demo", "get||v1|demo|namespaces||demo"],
    ["PUT", "/api/v1/namespaces/demo/finalize", "update||v1|demo|namespaces|finalize|demo"],
    ["GET", "/api/v1/namespaces/demo/pods", "list||v1|demo|pods||"],
    ["GET", "/api/v1/namespaces/demo/pods?watch=true", "watch||v1|demo|pods||"],
    ["GET", "/api/v1/namespaces/demo/pods?watch=0", "list||v1|demo|pods||"],
    ["GET", "/api/v1/namespaces/demo/pods/web/log", "get||v1|demo|pods|log|web"],
    ["POST", "/apis/apps/v1/namespaces/demo/deployments", "create|apps|v1|demo|deployments||"],
    ["DELETE", "/apis/apps/v1/namespaces/demo/deployments", "deletecollection|apps|v1|demo|deployments||"],
    ["PATCH", "/apis/apps/v1/namespaces/demo/deployments/web/scale", "patch|apps|v1|demo|deployments|scale|web"],
    ["GET", "/api/v1/watch/namespaces/demo/pods/web", "watch||v1|demo|pods||web"],
    ["GET", "/api/v1/pods?fieldSelector=metadata.name=web", "list||v1||pods||web"],
    ["GET", "/apis/apps/v1", "-|get"],
    ["GET", "/healthz", "-|get"],
    ["OPTIONS", "/api/v1/pods", "||v1||pods||"],
  ];
  for (const [method, url, expected] of cases) assert.equal(short(method, url), expected, `${method} ${url}`);
});

test("what follows the resource", () => {
  assert.deepEqual(tailOf("/api/v1/namespaces/demo/pods/web/proxy/a/b"), {
    namespaced: true,
    tail: ["web", "proxy", "a", "b"],
  });
  assert.deepEqual(tailOf("/api/v1/namespaces/demo/status"), { namespaced: false, tail: ["demo", "status"] });
  assert.deepEqual(tailOf("/apis/apps/v1/deployments"), { namespaced: false, tail: [] });
});

test("watches and streams are long-running, the rest is not", () => {
  assert.equal(isLongRunning(info("GET", "/api/v1/pods?watch=1")), true);
  assert.equal(isLongRunning(info("GET", "/api/v1/namespaces/a/pods/b/log")), true);
  assert.equal(isLongRunning(info("GET", "/api/v1/namespaces/a/pods/b")), false);
});

test("a method that is the name of something else is no verb", () => {
  assert.equal(requestInfo("constructor", "/api/v1/namespaces/a/pods/b", new URLSearchParams()).verb, "");
});
