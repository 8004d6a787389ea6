// `kaji status` and `kaji kubeconfig`: what runs, as the processes' notes and the API tell. They refuse to start anything.
import { readFile } from "node:fs/promises";
import { systemClock } from "../base/clock.ts";
import type { DataOption } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { isNodeReady } from "../resources/core/node/readiness.ts";
import { Node } from "../resources/core/node.ts";
import { adminClient } from "./admin-client.ts";
import { DataFolder } from "./data-folder.ts";
import { keepAlive, readNote } from "../base/processes.ts";

interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly agentPid: number | null;
}

/** What `status -o json` prints. `pid` is the control plane's, null when it does not run. */
interface Status {
  readonly pid: number | null;
  readonly server: string;
  readonly version: string;
  readonly data: string;
  readonly nodes: readonly NodeStatus[];
}

/** Exit code 0 when the API answers and every node is Ready, 1 otherwise. */
export async function status(options: DataOption & { readonly output?: "json" }): Promise<number> {
  const release = keepAlive();
  try {
    const found = await look(new DataFolder(options.data));
    process.stdout.write(options.output === "json" ? `${JSON.stringify(found)}\n` : text(found));
    return found.pid !== null && found.version && found.nodes.every((n) => n.ready) ? EXIT.ok : EXIT.failed;
  } finally {
    release();
  }
}

async function look(folder: DataFolder): Promise<Status> {
  const client = await adminClient(folder);
  const settings = (await folder.settings())!;
  const plane = await readNote(folder.note("control-plane"));
  let version = "";
  const ready = new Set<string>();
  try {
    const signal = timeout(3000);
    version =
      (JSON.parse((await client.raw("GET", "/version", { signal })).body) as { gitVersion?: string }).gitVersion ?? "";
    for (const node of (await client.list(Node, { signal })).items)
      if (isNodeReady(node)) ready.add(node.metadata.name ?? "");
  } catch (error) {
    if (plane)
      process.stderr.write(
        `kaji: the API does not answer: ${error instanceof Error ? error.message : String(error)}\n`,
      );
  } finally {
    await client.close();
  }
  const nodes: NodeStatus[] = [];
  for (const { name } of settings.nodes) {
    const agent = await readNote(folder.note(`agent-${name}`));
    nodes.push({ name, ready: ready.has(name), agentPid: agent?.pid ?? null });
  }
  const server = /server: (\S+)/.exec(await readFile(folder.kubeconfig, "utf8"))?.[1] ?? "";
  return { pid: plane?.pid ?? null, server, version, data: folder.dir, nodes };
}

function timeout(ms: number): AbortSignal {
  const controller = new AbortController();
  systemClock.after(ms, () => controller.abort(new Error(`no answer within ${ms / 1000} s`)));
  return controller.signal;
}

function text(s: Status): string {
  const plane = s.pid === null ? "not running" : `running (pid ${s.pid})`;
  const lines = s.nodes.map(
    (n) =>
      `node ${n.name}: ${n.ready ? "Ready" : "not Ready"}, agent ${n.agentPid === null ? "not running" : `pid ${n.agentPid}`}`,
  );
  return [`control plane: ${plane}`, `server: ${s.server} ${s.version}`, `data: ${s.data}`, ...lines, ""].join("\n");
}

export async function kubeconfig(options: DataOption): Promise<number> {
  const folder = new DataFolder(options.data);
  try {
    process.stdout.write(await readFile(folder.kubeconfig, "utf8"));
    return EXIT.ok;
  } catch (cause) {
    throw new CommandFailed(`no kubeconfig in ${folder.dir}: start a cluster with kaji up`, EXIT.conflict, { cause });
  }
}
