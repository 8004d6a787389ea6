// What a file imports, found in its masked text. It refuses to resolve packages: only relative paths become files.
import path from "node:path";

export interface Import {
  /** As written: "./x.ts", "node:fs", "ws". */
  readonly specifier: string;
  /** The file it names, from the root; undefined for packages and node's own modules. */
  readonly target: string | undefined;
  /** `import type`, `export type`: gone when the program runs. */
  readonly typeOnly: boolean;
  /** `export … from`. */
  readonly reExport: boolean;
  readonly line: number;
}

/** Statements: `import "x"`, `import … from "x"`, `export … from "x"`. Braces hold no quotes once masked. */
const STATEMENT = /(?<![\w$.])(import|export)(\s+type(?=[\s{*]))?(?:\s*[\w$*{][\w$*{},\s]*?\bfrom)?\s*(["'])( *)\3/g;
/** Calls: `import("x")`, `new URL("./x.ts", import.meta.url)`, `import.meta.resolve("./x.ts")`, `process.getBuiltinModule("x")`. */
const CALL =
  /(?<![\w$.])(?:import\s*|new\s+URL\s*|import\.meta\.resolve\s*|process\.getBuiltinModule\s*)\(\s*(["'])( *)\1/g;

/** `code` is the masked `text`. */
export function importsOf(file: string, text: string, code: string): Import[] {
  const found: { at: number; end: number; length: number; typeOnly: boolean; reExport: boolean }[] = [];
  for (const match of code.matchAll(STATEMENT)) {
    const end = match.index + match[0].length - 1;
    const typeOnly = match[2] !== undefined || allNamesAreTypes(match[0]);
    found.push({ at: match.index, end, length: match[4]!.length, typeOnly, reExport: match[1] === "export" });
  }
  for (const match of code.matchAll(CALL)) {
    const end = match.index + match[0].length - 1;
    found.push({ at: match.index, end, length: match[2]!.length, typeOnly: false, reExport: false });
  }
  const imports: Import[] = [];
  let line = 1;
  let counted = 0;
  for (const { at, end, length, typeOnly, reExport } of found.sort((a, b) => a.at - b.at)) {
    for (; counted < at; counted++) if (code[counted] === "\n") line++;
    const specifier = text.slice(end - length, end);
    // An address of something else than a program: a folder, a data file.
    if (code.startsWith("new", at) && !specifier.endsWith(".ts")) continue;
    const target = /^\.\.?\//.test(specifier) ? path.posix.join(path.posix.dirname(file), specifier) : undefined;
    imports.push({ specifier, target, typeOnly, reExport, line });
  }
  return imports;
}

/** `import { type A, type B } from`: every name in the braces is a type, and there is no other name. */
function allNamesAreTypes(statement: string): boolean {
  const braces = /^import\s*\{([^}]*)\}\s*from/.exec(statement)?.[1];
  const names =
    braces
      ?.split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "") ?? [];
  return names.length > 0 && names.every((name) => name.startsWith("type "));
}
