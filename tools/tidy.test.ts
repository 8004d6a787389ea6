// The repository's own test: its rules hold, and each rule is seen to fail where one plants a violation.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { cycles } from "./tidy/cycles.ts";
import { deadFiles } from "./tidy/dead-files.ts";
import { escapes } from "./tidy/escapes.ts";
import { firstLine } from "./tidy/first-line.ts";
import { FLOORS, floors } from "./tidy/floors.ts";
import { indexLists } from "./tidy/index-lists.ts";
import { rules } from "./tidy/index.ts";
import { lock } from "./tidy/lock.ts";
import { mask } from "./tidy/mask.ts";
import { names } from "./tidy/names.ts";
import { noHostPaths } from "./tidy/no-host-paths.ts";
import { nodeModules } from "./tidy/node-modules.ts";
import { roomsDescribed } from "./tidy/rooms-described.ts";
import { size } from "./tidy/size.ts";
import { readTree, type Rule } from "./tidy/tree.ts";
import { world } from "./tidy/world.ts";

const root = path.join(import.meta.dirname, "..");

test("the repository keeps its rules", async (t) => {
  const tree = readTree(root);
  for (const rule of rules) {
    await t.test(rule.name, (t) => {
      const found = [...rule.check(tree)];
      const lines = (warning: boolean) =>
        found
          .filter((finding) => (finding.warning ?? false) === warning)
          .map(({ file, line, message }) => `${file}${line === undefined ? "" : `:${line}`} ${message}`);
      const warnings = lines(true);
      if (warnings.length > 0) t.diagnostic(`${rule.name}: ${warnings.length} warnings, first: ${warnings[0]}`);
      assert.deepEqual(lines(false), [], `${rule.name} is broken`);
    });
  }
});

/** Lays files out in a folder of its own and says what a rule finds there. */
function check(rule: Rule, files: Record<string, string>): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), "tidy-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    return [...rule.check(readTree(folder))].map(({ file, line, message, warning }) => {
      return `${warning ? "warning: " : ""}${file}${line === undefined ? "" : `:${line}`} ${message}`;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The only message, when there is one. */
function only(messages: string[]): string {
  assert.equal(messages.length, 1, messages.join("\n"));
  return messages[0]!;
}

const empty = "// A file of the test, empty otherwise.\nexport const x = 1;\n";

test("floors: an import that goes up is found, types included", () => {
  const files = { "src/schema/a.ts": empty, "src/base/b.ts": 'import type { x } from "../schema/a.ts";\n' };
  assert.equal(
    only(check(floors, files)),
    "src/base/b.ts:1 imports src/schema/a.ts: base/ (floor 0) is below schema/ (floor 2)",
  );
});

test("floors: rooms of one floor do not import each other, nor do imports jump past the list", () => {
  const neighbour = { "src/proxy/a.ts": empty, "src/kubelet/b.ts": '//\nawait import("../proxy/a.ts");\n' };
  assert.match(only(check(floors, neighbour)), /^src\/kubelet\/b\.ts:2 .* kubelet\/ and proxy\/ share floor 5$/);
  const jump = { "src/store/a.ts": empty, "src/controllers/b.ts": 'import { x } from "../store/a.ts";\n' };
  assert.match(only(check(floors, jump)), /controllers\/ may import reconcile, .*, not store\/$/);
});

test("floors: schema may use wire/protobuf and nothing else of wire", () => {
  const files = {
    "src/wire/protobuf/a.ts": empty,
    "src/wire/dns/a.ts": empty,
    "src/schema/b.ts": 'import {\n  x,\n} from "../wire/protobuf/a.ts";\nexport { x as y } from "../wire/dns/a.ts";\n',
  };
  assert.match(only(check(floors, files)), /^src\/schema\/b\.ts:4 imports src\/wire\/dns\/a\.ts/);
});

test("floors: src/ imports nothing from outside, every room has a floor, only the entry is in none", () => {
  const outside = { "test/a.ts": empty, "src/base/b.ts": 'import "../../test/a.ts";\n' };
  assert.match(only(check(floors, outside)), /nothing in src\/ imports from outside it$/);
  assert.match(only(check(floors, { "src/attic/a.ts": empty })), /^src\/attic stands on no floor/);
  assert.match(only(check(floors, { "src/a.ts": empty })), /^src\/a\.ts is in no room/);
  const free = { "src/store/a.ts": empty, "test/a.ts": 'import "../src/store/a.ts";\n', "src/main.ts": empty };
  assert.deepEqual(check(floors, free), []);
});

test("floors: the table itself goes down only", () => {
  for (const [room, { floor, may }] of Object.entries(FLOORS)) {
    for (const lower of may) {
      if (lower === "*") continue;
      assert.ok(FLOORS[lower.split("/")[0]!]!.floor < floor, `${room} may import ${lower}`);
    }
  }
});

test("cycles: a circle is found; one that only types close is a warning", () => {
  const files = {
    "src/base/a.ts": 'import { x } from "./b.ts";\n',
    "src/base/b.ts": 'import { x } from "./c.ts";\n',
    "src/base/c.ts": 'import { x } from "./a.ts";\n',
  };
  const circle = /imports itself in a circle: src\/base\/(\w)\.ts -> .* -> src\/base\/\1\.ts/;
  assert.match(only(check(cycles, files)), circle);
  const types = { ...files, "src/base/c.ts": 'import type { x } from "./a.ts";\n' };
  assert.match(only(check(cycles, types)), /^warning: .* \(types only\)$/);
});

test("dead-files: a file that nobody imports is found", () => {
  const files = { "src/main.ts": 'import "./base/a.ts";\n', "src/base/a.ts": empty, "src/base/b.ts": empty };
  assert.equal(only(check(deadFiles, files)), "src/base/b.ts is imported from nowhere");
  const tested = { "src/base/b.ts": empty, "src/base/b.test.ts": 'import "./b.ts";\n' };
  assert.equal(only(check(deadFiles, tested)), "warning: src/base/b.ts is imported from tests only");
  const worker = { "src/main.ts": 'new Worker(new URL("./base/b.ts", import.meta.url));\n', "src/base/b.ts": empty };
  assert.deepEqual(check(deadFiles, worker), []);
});

test("names: words that could name any file are refused", () => {
  assert.match(
    only(check(names, { "src/base/string-utils.ts": empty })),
    /^src\/base\/string-utils\.ts is named "utils"/,
  );
  assert.match(only(check(names, { "src/base/shared/a.ts": empty })), /^src\/base\/shared is named "shared"/);
  assert.match(only(check(names, { "src/base/workQueue.ts": empty })), /lower case with dashes$/);
});

test("world: time and chance of the machine are found outside base", () => {
  const code = [
    "const a = Date.now();",
    "const b = new Date();",
    "setTimeout(() => {}, 5);",
    "const c = Math.random();",
    "const d = AbortSignal.timeout(5);",
    'import { setTimeout as sleep } from "node:timers/promises";',
    "const e = performance.now() + process.hrtime();",
    "const f = crypto.randomUUID();",
    "socket.setTimeout(5); // not the timer; and Date.now() in a comment",
    'const g = new Date(0).toISOString() + "Math.random()" + `new Date()`;',
  ].join("\n");
  const lines = check(world, { "src/kubelet/a.ts": code }).map((message) => message.replace("src/kubelet/a.ts", ""));
  assert.deepEqual(lines.sort(), [
    ":1 uses Date.now: use Clock.now()",
    ":2 uses new Date(): use Clock.now()",
    ":3 uses setTimeout: use Clock.after()",
    ":4 uses Math.random: use Random.float()",
    ":5 uses AbortSignal.timeout: use Clock.after() and an AbortController",
    ":6 imports node:timers/promises: use Clock",
    ":7 uses performance.now: use Clock.monotonic()",
    ":7 uses process.hrtime: use Clock.monotonic()",
    ":8 uses randomUUID: use Random",
  ]);
  assert.deepEqual(check(world, { "src/base/a.ts": code, "test/a.ts": code }), []);
});

test("node-modules: only listed files reach out, and the list has no leftovers", () => {
  const files = {
    "src/kubelet/a.ts": '//\nimport fs from "node:fs/promises";\nimport type { Socket } from "node:net";\n',
    "src/kubelet/a.test.ts": 'import net from "node:net";\n',
  };
  assert.match(only(check(nodeModules({}), files)), /^src\/kubelet\/a\.ts:2 imports node:fs\/promises: take it as/);
  assert.deepEqual(check(nodeModules({ "src/kubelet/a.ts": ["fs/promises"] }), files), []);
  assert.deepEqual(check(nodeModules({ "src/kubelet/": ["fs/promises"] }), files), []);
  const list = { "src/kubelet/a.ts": ["fs/promises", "net"] };
  assert.match(
    only(check(nodeModules(list), files)),
    /lists src\/kubelet\/a\.ts for node:net, which it does not import$/,
  );
  assert.match(check(nodeModules({}), { "src/a.ts": 'import fs from "fs";\n' })[0]!, /write node:fs$/);
  const asked = { "src/a.ts": 'const http = process.getBuiltinModule("node:http");\n' };
  assert.match(only(check(nodeModules({}), asked)), /^src\/a\.ts:1 imports node:http: take it as/);
});

test("index-lists: index.ts lists values; barrels are refused", () => {
  const list = '// The list of this test.\nimport { x } from "./a.ts";\nexport const all = [x] as const;\n';
  assert.deepEqual(check(indexLists, { "src/base/index.ts": list }), []);
  const given =
    '// The list of this test.\nimport { x } from "./a.ts";\nexport const all = (chance: number) => [x(chance)];\n';
  assert.deepEqual(check(indexLists, { "src/base/index.ts": given }), []);
  assert.match(
    only(check(indexLists, { "src/base/a.ts": 'export * from "./b.ts";\n' })),
    /^src\/base\/a\.ts:1 re-exports/,
  );
  assert.match(
    check(indexLists, { "src/base/index.ts": 'export { x } from "./b.ts";\n' })[0]!,
    /^src\/base\/index\.ts:1 re-exports \.\/b\.ts/,
  );
  assert.match(
    only(check(indexLists, { "src/base/a.ts": 'export { x } from "./b.ts";\n' })),
    /^warning: src\/base\/a\.ts:1 re-exports/,
  );
  const busy = "//\nexport const all = [];\nexport function find() {}\n";
  assert.match(only(check(indexLists, { "src/base/index.ts": busy })), /^src\/base\/index\.ts:3 has function/);
});

test("first-line: a file without a first sentence is found", () => {
  assert.match(only(check(firstLine, { "src/base/a.ts": "export const x = 1;\n" })), /does not begin with a comment/);
  assert.match(only(check(firstLine, { "src/base/a.ts": "// Short.\n" })), /too short/);
  assert.deepEqual(check(firstLine, { "tools/a.ts": `#!/usr/bin/env node\n${empty}` }), []);
});

test("size: long files and wide lines are found", () => {
  assert.equal(only(check(size, { "src/base/a.ts": "//\n".repeat(801) })), "src/base/a.ts has 801 lines: at most 800");
  assert.match(only(check(size, { "src/base/a.ts": "//\n".repeat(501) })), /^warning: .* has 501 lines/);
  assert.match(
    only(check(size, { "src/base/a.ts": `// ${"ab ".repeat(70)}` })),
    /^src\/base\/a\.ts:1 is 213 characters/,
  );
});

test("escapes: any, silenced compilers, lone tests, swallowed errors and what was put off are found", () => {
  const code = [
    "function f(a: any, b: Map<string, any>) {}",
    "// @ts-" + "ignore",
    "test.only('x', () => {});",
    "try { f(); } catch {}",
    "try { f(); } catch { /* gone already: nothing to end */ }",
    "// TO" + "DO later",
    "const many = a as any;",
    "const company = { any: 1 }; // any is fine here",
  ].join("\n");
  const lines = check(escapes, { "src/base/a.ts": code }).map((message) => message.replace(/^src\/base\/a\.ts:/, ""));
  assert.deepEqual(lines.map((line) => line.slice(0, line.indexOf(" ", 4))).sort(), [
    "1 has",
    "1 has",
    "2 silences",
    "3 runs",
    "4 swallows",
    "6 puts",
    "7 has",
  ]);
});

test("rooms-described: a room without its paragraph is found", () => {
  const files = { "src/base/a.ts": empty, "src/wire/a.ts": empty };
  const text = "# Map\n## `base/`\nClock and so on. **Never:** a sentence.\n";
  assert.equal(
    only(check(roomsDescribed, { ...files, "ARCHITECTURE.md": text })),
    "ARCHITECTURE.md has no paragraph for src/wire/",
  );
  assert.match(
    only(check(roomsDescribed, { ...files, "ARCHITECTURE.md": `${text}## \`wire/\`\nCodecs.\n` })),
    /does not say what src\/wire\/ never does$/,
  );
  assert.match(only(check(roomsDescribed, files)), /is missing$/);
});

test("no-host-paths: paths of a machine and hosts of registries are found", () => {
  const lines = check(noHostPaths, {
    "README.md": `Look at /wo${"rk"}/main/src.\nNot at ./work/x nor https://kubernetes.io/home/x/y.\n`,
    "package-lock.json": '{"resolved": "https://registry.example.com/x.tgz"}',
  });
  assert.equal(lines.length, 2);
  assert.match(
    lines.find((line) => line.startsWith("README.md:1"))!,
    /names a path of one machine/,
  );
  assert.match(
    lines.find((line) => line.startsWith("package-lock.json:1"))!,
    /names a registry/,
  );
});

test("lock: loose versions, and what npm ci would miss, are found", () => {
  const manifest = { dependencies: { a: "1.0.0", b: "^2.0.0" }, devDependencies: { c: "3.0.0" } };
  const packages = {
    "": manifest,
    "node_modules/a": { version: "1.0.0", optionalDependencies: { "a-linux": "1.0.0", "a-darwin": "1.0.0" } },
    "node_modules/a-linux": { version: "1.0.0" },
    "node_modules/b": { version: "^2.0.0" },
  };
  const files = { "package.json": JSON.stringify(manifest), "package-lock.json": JSON.stringify({ packages }) };
  assert.deepEqual(check(lock, files), [
    "package.json wants b ^2.0.0: pin it exactly",
    "package-lock.json has c nowhere, package.json 3.0.0",
    "package-lock.json does not have a-darwin, which node_modules/a may want",
  ]);
});

test("masking keeps positions and code, and hides the rest", () => {
  const text = [
    'const a = "x // y"; // comment "z"',
    "const b = /[\"'/]+/.test(c) ? d / e / f : `t ${g({ h: `i ${j}` })} k`;",
    "/* block\n comment */ return /regex\\// ;",
  ].join("\n");
  const masked = mask(text);
  assert.equal(masked.length, text.length);
  assert.deepEqual(masked.match(/[a-zA-Z]+/g), "const a const b test c d e f g h j return".split(" "));
  assert.equal(masked.split("\n").length, text.split("\n").length);
});
