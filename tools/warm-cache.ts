// Loads every room once with the compile cache on, so that the first start finds it full: what is not in there brings the
// part of Node that strips types along, 18 MiB in each process. It refuses to load workers: those act when they are loaded.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.join(import.meta.dirname, "..");
// The folder that src/main.ts names.
enableCompileCache(path.join(root, ".cache", "compile"));
const files = globSync("src/*/**/*.ts", { cwd: root }).filter(
  (file) => !/\.test\.ts$|(?:^|[./-])(?:suite|worker)\.ts$/.test(file),
);
for (const file of files.sort()) {
  try {
    await import(pathToFileURL(path.join(root, file)).href);
  } catch (error) {
    // A file that does not load will say so where it is used; here it only stays cold.
    console.error(`warm-cache: ${file}: ${String(error)}`);
    process.exitCode = 1;
  }
}
flushCompileCache();
// The entry itself acts, too: asked for nothing, it is compiled and ends.
spawnSync(path.join(root, "bin", "kaji"), ["--help"], { stdio: "ignore" });
