// Loads every room once with the compile cache on, so that the first start finds it full. It refuses to load programs
// and workers: those act when they are loaded.
import { globSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.join(import.meta.dirname, "..");
// The folder that src/main.ts names.
enableCompileCache(path.join(root, ".cache", "compile"));
const files = globSync("src/*/**/*.ts", { cwd: root }).filter(
  (file) => !/^src\/programs\/|\.test\.ts$|(?:^|[./-])(?:suite|worker)\.ts$/.test(file),
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
