// What loading the request functions costs, and that they are Node's own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

const PROGRAM = `
const { requestHttp, requestHttps } = await import(${JSON.stringify(new URL("./request.ts", import.meta.url).href)});
const loaded = process.moduleLoadList.some((name) => name.includes("internal/deps/undici"));
const same = requestHttp === process.getBuiltinModule("node:http").request
  && requestHttps === process.getBuiltinModule("node:https").request;
process.stdout.write(JSON.stringify({ loaded, same }));`;

test("requests over HTTP do not load fetch and its kin", () => {
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", PROGRAM], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(output), { loaded: false, same: true });
});
