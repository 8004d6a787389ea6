// `bin/node tools/unzip.ts ARCHIVE FOLDER ENTRY…`: takes files out of a zip archive, by their last name, executable.
// It refuses to unpack folders.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { zipEntries } from "./zip.ts";

const [archive, folder, ...wanted] = process.argv.slice(2);
if (archive === undefined || folder === undefined || wanted.length === 0) {
  console.error("usage: tools/unzip.ts ARCHIVE FOLDER ENTRY…");
  process.exit(64);
}
const entries = new Map(zipEntries(readFileSync(archive)).map((entry) => [entry.name, entry]));
mkdirSync(folder, { recursive: true });
for (const name of wanted) {
  const entry = entries.get(name);
  if (entry === undefined) throw new Error(`${archive} has no ${name}`);
  const target = path.join(folder, path.basename(name));
  // Whole or not at all: whoever sees the file may run it.
  writeFileSync(`${target}.new`, entry.read(), { mode: 0o755 });
  renameSync(`${target}.new`, target);
}
