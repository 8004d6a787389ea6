// The repository's text files as rules see them. It refuses to change anything.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type Import, importsOf } from "./imports.ts";
import { mask } from "./mask.ts";

/** What a rule has to say about a file. A warning is shown and does not fail. */
export interface Finding {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
  readonly warning?: true;
}

/** A rule looks at the whole tree. Its test plants a violation and expects the message. */
export interface Rule {
  readonly name: string;
  check(tree: Tree): Iterable<Finding>;
}

/** A TypeScript file. */
export interface Source {
  /** From the root, with slashes. */
  readonly file: string;
  readonly text: string;
  /** The text with comments and the contents of strings blanked, position for position. */
  readonly code: string;
  readonly imports: readonly Import[];
  /** `x.test.ts` and what only tests use (`suite.ts`, `x.suite.ts`). */
  readonly isTest: boolean;
}

export interface Tree {
  readonly root: string;
  /** The TypeScript files of src, test and tools. */
  readonly sources: ReadonlyMap<string, Source>;
  /** Every text file, TypeScript included. */
  readonly texts: ReadonlyMap<string, string>;
  /** Folders directly below src. */
  readonly rooms: readonly string[];
}

/** Not part of the repository, or not text. */
const LEFT_OUT = new Set(["node_modules", ".git", ".cache", ".kaji"]);
const BINARY = /\.(?:pb|tar|gz|zip|png|ico|woff2?|db|wasm)$/;
const LARGEST_BYTES = 1_000_000;

export function readTree(root: string): Tree {
  const texts = new Map<string, string>();
  const sources = new Map<string, Source>();
  for (const file of walk(root, "")) {
    const text = readFileSync(path.join(root, file), "utf8");
    texts.set(file, text);
    if (/^(?:src|test|tools)\/.*\.ts$/.test(file)) sources.set(file, sourceOf(file, text));
  }
  const rooms = new Set<string>();
  for (const file of sources.keys()) {
    const [top, room, ...rest] = file.split("/");
    if (top === "src" && rest.length > 0) rooms.add(room!);
  }
  return { root, sources, texts, rooms: [...rooms].sort() };
}

function sourceOf(file: string, text: string): Source {
  const code = mask(text);
  return { file, text, code, imports: importsOf(file, text, code), isTest: /(?:\.test|[./]suite)\.ts$/.test(file) };
}

function* walk(root: string, folder: string): Iterable<string> {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name) || BINARY.test(entry.name) || entry.name.endsWith(".log")) continue;
    const file = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(root, file);
    else if (entry.isFile() && statSync(path.join(root, file)).size <= LARGEST_BYTES) yield file;
  }
}

/** The line of a position, counted from 1. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < position; i = text.indexOf("\n", i + 1)) line++;
  return line;
}

/** Every match of an expression (with the flag g) in a source's code, as findings. */
export function* findings(source: Source, form: RegExp, message: (found: string) => string): Iterable<Finding> {
  for (const match of source.code.matchAll(form)) {
    yield { file: source.file, line: lineAt(source.code, match.index), message: message(match[0]) };
  }
}
