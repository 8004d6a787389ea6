// `kaji graph`: which controller watches, reads and writes what, from the list of controllers alone. It refuses to ask a cluster.
import { EXIT } from "../cli/exit.ts";
import { controllers } from "../controllers/index.ts";
import { DEFAULT_SETTINGS } from "../controllers/settings.ts";
import { isLoop } from "../reconcile/controller.ts";
import type { Controller, Loop, Write } from "../reconcile/controller.ts";
import { resourceText } from "../schema/meta/status.ts";
import type { Resource } from "../schema/resource.ts";

/** One controller, with kinds as `plural.group`; `*` stands for whatever the server serves. */
interface Entry {
  readonly name: string;
  readonly identity: string;
  /** What it reconciles; none for those that run by the clock or over all kinds. */
  readonly of?: string;
  readonly owns: readonly string[];
  /** Kinds whose changes make it look again. */
  readonly watches: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

const nameOf = ({ group, plural }: Resource) => resourceText({ group, resource: plural });
const named = (resources: readonly Resource[]) => [...new Set(resources.map(nameOf))].sort();
const writeText = ({ resource, subresource, verbs }: Write) =>
  `${nameOf(resource)}${subresource ? `/${subresource}` : ""}: ${verbs.join(" ")}`;

function entryOf(one: Controller | Loop): Entry {
  const all = one.discovers ? ["*"] : [];
  const writes = [...one.writes.map(writeText), ...(one.discovers ? ["*: delete patch"] : [])];
  if (isLoop(one))
    return { name: one.name, identity: one.identity, owns: [], watches: all, reads: named(one.reads), writes };
  return {
    name: one.name,
    identity: one.identity,
    of: nameOf(one.of),
    owns: named(one.owns),
    watches: named(one.maps.map((map) => map.from)),
    reads: [...named(one.reads), ...all],
    writes,
  };
}

function text(entries: readonly Entry[]): string {
  const line = (label: string, values: readonly string[]) =>
    values.length > 0 ? [`  ${label.padEnd(8)} ${values.join(", ")}`] : [];
  return entries
    .map(({ name, identity, of, owns, watches, reads, writes }) =>
      [
        `${name} (as ${identity})`,
        ...line("of", of === undefined ? [] : [of]),
        ...line("owns", owns),
        ...line("watches", watches),
        ...line("reads", reads),
        ...line("writes", writes),
      ].join("\n"),
    )
    .join("\n\n");
}

export async function graph({ output }: { readonly output?: "json" }): Promise<number> {
  const entries = controllers({ ...DEFAULT_SETTINGS, rootCa: "", sign: async () => "" }).map(entryOf);
  process.stdout.write(output === "json" ? `${JSON.stringify(entries, null, 2)}\n` : `${text(entries)}\n`);
  return EXIT.ok;
}
