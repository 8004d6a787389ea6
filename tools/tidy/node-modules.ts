// Rule: disk, network, processes and threads are touched only by the files whose job it is, and this is their list.
// It refuses entries that are no longer needed. Tests and type-only imports are free.
import type { Finding, Rule } from "./tree.ts";

/** The modules that reach out of the process. */
const WATCHED =
  /^(?:node:)?(fs|fs\/promises|net|tls|http|https|http2|dgram|dns|dns\/promises|child_process|worker_threads|cluster|sqlite)$/;

/** Path → modules, without "node:". A path that ends in a slash stands for all files below. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  // Protocols: the thin socket around each codec.
  "src/wire/dns/server.ts": ["dgram", "net"],
  "src/wire/spdy/dial.ts": ["http", "https"],
  // The embedded store: a file and the thread that writes it.
  "src/store/sqlite/schema.ts": ["fs", "sqlite"],
  "src/store/sqlite/thread.ts": ["worker_threads"],
  "src/store/sqlite/worker.ts": ["worker_threads"],
  // The DNS server asks others what it does not know.
  "src/dns/forward.ts": ["dgram", "net"],
  // The API server listens, and keeps its keys in a folder.
  "src/apiserver/connect/passthrough.ts": ["http", "https"],
  "src/apiserver/http/listener.ts": ["http2"],
  "src/apiserver/pki.ts": ["fs/promises"],
  // Programs own the data folder, the ports and the child processes.
  "src/programs/admin-client.ts": ["fs"],
  "src/programs/data-folder.ts": ["fs/promises"],
  "src/programs/processes.ts": ["child_process", "fs", "fs/promises"],
  "src/programs/settings.ts": ["fs/promises", "net"],
  "src/programs/status.ts": ["fs/promises"],
  "src/programs/up.ts": ["fs", "fs/promises"],
};

export function nodeModules(allowed: Readonly<Record<string, readonly string[]>> = ALLOWED): Rule {
  return {
    name: "node-modules",
    *check(tree): Iterable<Finding> {
      const unused = new Set(
        Object.entries(allowed).flatMap(([key, modules]) => modules.map((name) => `${key} ${name}`)),
      );
      for (const { file, imports, isTest } of tree.sources.values()) {
        if (!file.startsWith("src/") || isTest) continue;
        for (const { specifier, typeOnly, line } of imports) {
          const name = WATCHED.exec(specifier)?.[1];
          if (name === undefined || typeOnly) continue;
          if (!specifier.startsWith("node:")) {
            yield { file, line, message: `imports ${specifier}: write node:${name}` };
          }
          const key = Object.keys(allowed).find(
            (path) => path === file || (path.endsWith("/") && file.startsWith(path)),
          );
          if (key !== undefined && allowed[key]!.includes(name)) unused.delete(`${key} ${name}`);
          else {
            const hint = "take it as a parameter, or list the file in tools/tidy/node-modules.ts";
            yield { file, line, message: `imports node:${name}: ${hint}` };
          }
        }
      }
      for (const entry of unused) {
        const [file, name] = entry.split(" ") as [string, string];
        yield {
          file: "tools/tidy/node-modules.ts",
          message: `lists ${file} for node:${name}, which it does not import`,
        };
      }
    },
  };
}
