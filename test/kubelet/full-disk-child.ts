// What happens on a disk of a few megabytes that fills up, as one line of JSON: run by full-disk.test.ts in a mount
// namespace of its own, with the disk's folder as argument. It refuses to judge.
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { masters } from "../../src/apiserver/authorization/masters.ts";
import { createApiServer } from "../../src/apiserver/server.ts";
import { systemClock as clock } from "../../src/base/clock.ts";
import { silentLog as log } from "../../src/base/log.ts";
import { keepAlive } from "../../src/base/processes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { Scale } from "../../src/resources/autoscaling/scale.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { Event } from "../../src/resources/core/event.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { StatusError } from "../../src/schema/meta/status.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { NAMESPACE, at, diskNode, podWith, until } from "./disk-node.ts";
import { podNamed } from "./node.ts";

/** Writes until nothing more goes in. */
async function fill(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, "ballast");
  let text = Buffer.alloc(64 * 1024 * 1024, 1);
  while (text.length > 256) {
    try {
      await writeFile(file, text, { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      text = text.subarray(0, text.length / 2);
    }
  }
  return () => rm(file);
}

const SIZE = 200_000;

export interface NodeSaid {
  readonly atFirst: string;
  readonly events: readonly string[];
  readonly whileFull: string;
  readonly versionsWhileFull: number;
  readonly newcomer: { readonly phase: string; readonly entries: readonly string[] };
  readonly afterwards: string;
}

/** A pod whose ConfigMap is edited on a full disk, and one that comes meanwhile. */
async function node(folder: string): Promise<NodeSaid> {
  const { client, volumeOf, close } = await diskNode(folder);
  const edit = (value: string) =>
    client.patch(ConfigMap, at("m"), { type: "merge", body: { data: { k: value.repeat(SIZE) } } });
  const events = async (name: string) => {
    const { items } = await client.list(Event, { namespace: NAMESPACE });
    const own = items.filter(({ involvedObject, type }) => involvedObject.name === name && type === "Warning");
    return own.map(({ reason, message }) => `${reason} ${message}`);
  };
  const runs = (name: string) =>
    until(`${name} runs`, async () => (await podNamed(client, name)).status.phase === "Running" || undefined, 30_000);
  await client.create(ConfigMap, { metadata: at("m"), data: { k: "1".repeat(SIZE) } });
  const volume = volumeOf(await client.create(Pod, podWith("p", { name: "m" })));
  await runs("p");
  const content = async () => {
    const text = await readFile(join(volume, "k"), "utf8");
    return text === text[0]!.repeat(SIZE) ? text[0]! : `half written: ${text.length} characters`;
  };
  const atFirst = await content();
  const makeRoom = await fill(folder);
  await edit("2");
  const newcomer = volumeOf(await client.create(Pod, podWith("q", { name: "m" })));
  for (const name of ["p", "q"])
    await until(`${name} says so`, async () => (await events(name)).length > 0 || undefined);
  const said: Omit<NodeSaid, "afterwards"> = {
    atFirst,
    events: [...(await events("p")), ...(await events("q"))],
    whileFull: await content(),
    versionsWhileFull: (await readdir(volume)).filter((name) => /^\.\.\d/.test(name)).length,
    newcomer: {
      phase: (await podNamed(client, "q")).status.phase ?? "",
      entries: (await readdir(newcomer).catch(() => [])).filter((name) => !name.startsWith("..")),
    },
  };
  await makeRoom();
  await runs("q");
  await until("the edit arrives", async () => ((await content()) === "2" ? true : undefined), 30_000);
  await close();
  return { ...said, afterwards: await content() };
}

export interface ServerSaid {
  readonly kept: number;
  readonly refusals: readonly object[];
  readonly readable: number;
  readonly afterwards: number;
  readonly reopened: number;
}

/** ConfigMaps created until the store's disk is full, some more, and one when there is room. */
async function server(folder: string): Promise<ServerSaid> {
  const path = join(folder, "store.db");
  const open = async () => {
    const store = await openSqliteStore({ path, clock, log });
    const kinds = { resources: [Namespace, ConfigMap], bodies: [Scale] };
    const api = await createApiServer({ store, ...kinds, clock, random, log, authorizers: () => [masters] });
    const client = api.localClient({ name: "admin", groups: ["system:masters"] });
    return { client, close: async () => (await api.close(0), store.close()) };
  };
  const first = await open();
  const { client } = first;
  await client.create(Namespace, { metadata: { name: NAMESPACE }, spec: {} });
  await writeFile(join(folder, "room"), Buffer.alloc(1_000_000));
  const names: string[] = [];
  const refusals: object[] = [];
  for (let i = 0; refusals.length < 20; i++) {
    const config = { metadata: at(`m${i}`), data: { k: "x".repeat(20_000) } };
    await client.create(ConfigMap, config).then(
      () => names.push(`m${i}`),
      (error: unknown) => {
        if (!(error instanceof StatusError)) throw error;
        const { code, reason, message } = error.toStatus();
        refusals.push({ code, reason, message });
      },
    );
  }
  const count = async (of: typeof client) => {
    const { items } = await of.list(ConfigMap, { namespace: NAMESPACE });
    return names.filter((name) => items.some(({ metadata }) => metadata.name === name)).length;
  };
  const readable = await count(client);
  await rm(join(folder, "room"));
  await client.create(ConfigMap, { metadata: at("last"), data: { k: "x".repeat(20_000) } });
  names.push("last");
  const afterwards = await count(client);
  await first.close();
  const again = await open();
  const reopened = await count(again.client);
  await again.close();
  return { kept: names.length - 1, refusals, readable, afterwards, reopened };
}

const release = keepAlive();
const [, , what, folder = ""] = process.argv;
process.stdout.write(JSON.stringify(what === "node" ? await node(folder) : await server(folder)));
release();
