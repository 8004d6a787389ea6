// Where redirects of proxied servers lead. The passing itself is tested on a real port, in server.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seenFromOutside } from "./passthrough.ts";

const place = { host: "10.0.0.7", port: 8080, prefix: "/api/v1/namespaces/a/pods/p:8080/proxy" };

for (const [location, seen] of [
  ["/login?next=%2F", `${place.prefix}/login?next=%2F`],
  ["/", `${place.prefix}/`],
  ["http://10.0.0.7:8080/a/", `${place.prefix}/a/`],
  ["//10.0.0.7:8080/a", `${place.prefix}/a`],
  ["https://api.example/a", `https://api.example${place.prefix}/a`],
  ["//api.example/a?b", `//api.example${place.prefix}/a?b`],
  ["next", "next"],
  ["?page=2", "?page=2"],
  ["https://elsewhere.example/a", "https://elsewhere.example/a"],
  ["//elsewhere.example/a", "//elsewhere.example/a"],
  [`${place.prefix}/a`, `${place.prefix}/a`],
] as const) {
  test(`a redirect to ${location}`, () => assert.equal(seenFromOutside(location, place, "api.example"), seen));
}
