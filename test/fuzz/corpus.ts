// Where inputs are kept: `corpus/<target>/` holds small ones and every past finding, as files. It refuses to choose.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const FOLDER = path.join(import.meta.dirname, "corpus");
/** The recorded exchanges with a real Kubernetes, where they are present. */
const REFERENCE = path.resolve(import.meta.dirname, "../..", process.env["KAJI_REFERENCE"] ?? "../shared/reference");

export function keptInputs(target: string): Uint8Array[] {
  const folder = path.join(FOLDER, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(path.join(folder, file)));
}

/** Keeps what broke a promise, so that it is run first from now on. Answers the file's name. */
export function keepInput(target: string, input: Uint8Array): string {
  const folder = path.join(FOLDER, target);
  mkdirSync(folder, { recursive: true });
  const name = `found-${createHash("sha256").update(input).digest("hex").slice(0, 12)}`;
  writeFileSync(path.join(folder, name), input);
  return path.join("test/fuzz/corpus", target, name);
}

/** Golden encodings of kinds: `json`, `yaml` or `pb`. Empty where the recordings are not. */
export function goldenInputs(ending: "json" | "yaml" | "pb", kind: RegExp): Buffer[] {
  const folder = path.join(REFERENCE, "wire");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(`.${ending}`) && kind.test(file));
  return files.sort().map((file) => readFileSync(path.join(folder, file)));
}

interface Recorded {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The requests of the recorded cases. Empty where the recordings are not. */
export function recordedRequests(suite: string): Recorded[] {
  const file = path.join(REFERENCE, "cases", `${suite}.json`);
  if (!existsSync(file)) return [];
  const found: Recorded[] = [];
  const left: unknown[] = [JSON.parse(readFileSync(file, "utf8"))];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== "object" || value === null) continue;
    if ("method" in value && "path" in value) found.push(value as Recorded);
    else left.push(...Object.values(value));
  }
  return found;
}
