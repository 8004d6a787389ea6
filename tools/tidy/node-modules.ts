// Rule: disk, network, processes and threads are touched only by the files whose job it is, and this is their list.
// It refuses entries that are no longer needed. Tests and type-only imports are free.
import type { Finding, Rule } from "./tree.ts";

/** The modules that reach out of the process. */
const WATCHED =
  /^(?:node:)?(fs|fs\/promises|net|tls|http|https|http2|dgram|dns|dns\/promises|child_process|worker_threads|cluster|sqlite)$/;

/** Path → modules, without "node:". A path that ends in a slash stands for all files below. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  // Files, processes and their notes: what everything else builds on.
  "src/base/json-log.ts": ["fs"],
  "src/base/processes.ts": ["child_process", "fs", "fs/promises"],
  "src/base/whole-file.ts": ["fs/promises"],
  // Protocols: the thin socket or process around each codec.
  "src/wire/conntrack/conntrack.ts": ["child_process"],
  "src/wire/dns/server.ts": ["dgram", "net"],
  "src/wire/nftables/nft.ts": ["child_process"],
  "src/wire/http/request.ts": ["http", "https"],
  // The embedded store: a file and the thread that writes it.
  "src/store/sqlite/schema.ts": ["fs", "sqlite"],
  "src/store/sqlite/thread.ts": ["worker_threads"],
  "src/store/sqlite/worker.ts": ["worker_threads"],
  // The DNS server asks others what it does not know.
  "src/dns/forward.ts": ["dgram", "net"],
  // A client that has many watches puts them on one connection.
  "src/client/watch-streams.ts": ["http2", "tls"],
  // The API server listens, hands requests on, and keeps its keys in a folder.
  "src/apiserver/encoding/yaml-thread.ts": ["worker_threads"],
  "src/apiserver/encoding/yaml-worker.ts": ["worker_threads"],
  "src/apiserver/http/listener.ts": ["http2", "net"],
  "src/apiserver/pki.ts": ["fs/promises"],
  // A load balancer asks the proxy for a service's health.
  "src/proxy/health-listener.ts": ["http"],
  // A kubelet owns folders, mounts, a runtime and a port.
  "src/kubelet/cleanup.ts": ["fs/promises"],
  "src/kubelet/container/configs.ts": ["fs/promises"],
  "src/kubelet/container/sub-paths.ts": ["fs", "fs/promises"],
  "src/kubelet/images/pull-record-files.ts": ["fs/promises"],
  "src/kubelet/network/host.ts": ["child_process", "fs/promises"],
  "src/kubelet/node/cgroups.ts": ["fs/promises"],
  "src/kubelet/node/dead-logs.ts": ["fs/promises"],
  "src/kubelet/node/disk-usage.ts": ["fs/promises"],
  "src/kubelet/node/log-rotation.ts": ["fs", "fs/promises"],
  "src/kubelet/node/machine.ts": ["fs/promises"],
  "src/kubelet/node/usage.ts": ["fs/promises"],
  "src/kubelet/pod/tail-file.ts": ["fs", "fs/promises"],
  "src/kubelet/probes/dial.ts": ["net"],
  "src/kubelet/runtime/containerd-process.ts": ["fs", "fs/promises"],
  "src/kubelet/server/logs.ts": ["fs/promises"],
  "src/kubelet/server/server.ts": ["https"],
  "src/kubelet/volumes/atomic-writer.ts": ["fs/promises"],
  "src/kubelet/volumes/image-volumes.ts": ["fs/promises"],
  "src/kubelet/volumes/memory.ts": ["fs/promises"],
  "src/kubelet/volumes/volumes.ts": ["fs/promises"],
  // Programs own the data folder, the ports and the child processes.
  "src/programs/admin-client.ts": ["fs"],
  "src/programs/agent.ts": ["fs", "fs/promises"],
  "src/programs/built-in-images.ts": ["fs/promises"],
  "src/programs/controllers.ts": ["fs"],
  "src/programs/data-folder.ts": ["fs/promises"],
  "src/programs/doctor/host.ts": ["child_process", "fs", "fs/promises", "net"],
  "src/programs/down.ts": ["fs", "fs/promises"],
  "src/programs/images.ts": ["fs", "fs/promises"],
  "src/programs/keys-note.ts": ["fs/promises"],
  "src/programs/neighbours.ts": ["fs/promises"],
  "src/programs/node-keys.ts": ["fs/promises"],
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
