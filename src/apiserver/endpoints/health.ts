// /healthz, /livez and /readyz: each check by name, all together, verbose, with some left out. It refuses to repair.
import type { Parts } from "../parts.ts";
import type { HttpRequest } from "../pipeline.ts";
import { sendText } from "../respond.ts";

export type HealthPath = "healthz" | "livez" | "readyz";

interface Check {
  readonly name: string;
  /** Undefined when all is well, else why not. */
  readonly run: (parts: Parts) => Promise<string | undefined>;
}

const ping: Check = { name: "ping", run: async () => undefined };

const etcd: Check = {
  name: "etcd",
  run: async ({ store }) => {
    await store.get("core/namespaces/default");
    return undefined;
  },
};

/** The watch caches follow the store. */
const caches: Check = {
  name: "informer-sync",
  run: async ({ feed }) => ((await feed.upToDate()) ? undefined : "the watch caches lag behind the store"),
};

const shutdown: Check = {
  name: "shutdown",
  run: async ({ stopping }) => (stopping.aborted ? "process is shutting down" : undefined),
};

const checks: Readonly<Record<HealthPath, readonly Check[]>> = {
  healthz: [ping, etcd],
  livez: [ping, etcd],
  readyz: [ping, etcd, { ...etcd, name: "etcd-readiness" }, caches, shutdown],
};

export async function health(
  request: HttpRequest,
  parts: Parts,
  path: HealthPath,
  rest: readonly string[],
): Promise<boolean> {
  if (request.exchange.method !== "GET" && request.exchange.method !== "HEAD") return false;
  if (rest.length === 1) return single(request, parts, path, rest[0]!);
  if (rest.length > 1) return false;
  const excluded = new Set(request.query.getAll("exclude"));
  const lines: string[] = [];
  let failed = false;
  for (const check of checks[path]) {
    if (excluded.has(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const fault = await outcome(check, parts);
    failed ||= fault !== undefined;
    lines.push(fault === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`);
    if (fault !== undefined) parts.log.warn("a health check failed", { check: check.name, fault });
  }
  if (failed) sendText(request, 500, `${lines.join("\n")}\n${path} check failed\n`);
  else if (request.query.has("verbose")) sendText(request, 200, `${lines.join("\n")}\n${path} check passed\n`);
  else sendText(request, 200, "ok");
  return true;
}

async function single(request: HttpRequest, parts: Parts, path: HealthPath, name: string): Promise<boolean> {
  const check = checks[path].find((one) => one.name === name);
  if (check === undefined) return false;
  const fault = await outcome(check, parts);
  if (fault === undefined) sendText(request, 200, "ok");
  else sendText(request, 500, `internal server error: ${fault}\n`);
  return true;
}

async function outcome(check: Check, parts: Parts): Promise<string | undefined> {
  try {
    return await check.run(parts);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
