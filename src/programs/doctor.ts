// `kaji doctor`: looks at everything that a cluster needs on this machine and says what is wrong and what helps. It changes nothing.
import { systemClock } from "../base/clock.ts";
import { keepAlive, readNote } from "../base/processes.ts";
import type { DataOption } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { DataFolder } from "./data-folder.ts";
import type { ClusterSettings } from "./data-folder.ts";
import type { Fault, Subject } from "./doctor/check.ts";
import { checks } from "./doctor/checks.ts";
import { thisHost } from "./doctor/host.ts";

export interface Finding extends Partial<Fault> {
  readonly check: string;
  readonly ok: boolean;
}

/** Exit code 0 when nothing is wrong (warnings aside), 1 otherwise. */
export async function doctor(options: DataOption & { readonly output?: "json" }): Promise<number> {
  const release = keepAlive();
  try {
    const findings = await examine(new DataFolder(options.data));
    if (options.output === "json") process.stdout.write(`${JSON.stringify({ findings })}\n`);
    else for (const finding of findings) process.stdout.write(line(finding));
    return findings.every((f) => f.ok || f.isWarning) ? EXIT.ok : EXIT.failed;
  } finally {
    release();
  }
}

async function examine(folder: DataFolder): Promise<Finding[]> {
  const host = thisHost(systemClock);
  let settings: ClusterSettings | undefined;
  try {
    settings = await folder.settings();
  } catch (error) {
    // A damaged or foreign folder is itself a finding; the other checks go on without it.
    if (!(error instanceof CommandFailed)) throw error;
    const [found = "", remedy = ""] = error.message.split("; ", 2);
    return [
      { check: "data folder", ok: false, found, remedy },
      ...(await lookAt({ host, dataFolder: folder.dir, settings, runs: false, missingAgents: [] })),
    ];
  }
  const runs = (await readNote(folder.note("control-plane"))) !== undefined;
  const missingAgents: string[] = [];
  for (const { name } of settings?.nodes ?? [])
    if (!(await readNote(folder.note(`agent-${name}`)))) missingAgents.push(name);
  return [
    { check: "data folder", ok: true },
    ...(await lookAt({ host, dataFolder: folder.dir, settings, runs, missingAgents })),
  ];
}

/** All checks, each by itself: one that cannot look says so and holds up none of the others. */
export async function lookAt(subject: Subject): Promise<Finding[]> {
  return Promise.all(
    checks.map(async (check): Promise<Finding> => {
      const { name } = check;
      try {
        const fault = await check.look(subject);
        return fault ? { check: name, ok: false, ...fault } : { check: name, ok: true };
      } catch (error) {
        const found = `could not be looked at: ${error instanceof Error ? error.message : String(error)}`;
        return { check: name, ok: false, isWarning: true, found, remedy: "look at it by hand" };
      }
    }),
  );
}

function line({ check, ok, isWarning, found, remedy }: Finding): string {
  if (ok) return `✓ ${check}\n`;
  return `${isWarning ? "!" : "✗"} ${check}: ${found}\n    ${remedy}\n`;
}
