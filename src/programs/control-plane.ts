// The beginning of the control plane's process: the store's thread is started first, then all else is loaded beside it.
// It refuses to import what is large at its head.
import { systemClock } from "../base/clock.ts";
import { jsonLog } from "../base/json-log.ts";
import { writeNote } from "../base/processes.ts";
import { systemRandom } from "../base/random.ts";
import type { DataOption } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { DataFolder } from "./data-folder.ts";
import { openStore } from "./open-store.ts";
import { stopSignal } from "./stop.ts";

/** Ends with SIGTERM or SIGINT. */
export async function controlPlane(options: DataOption): Promise<number> {
  const clock = systemClock;
  const log = jsonLog({ clock, level: "info", destination: 2 });
  const folder = new DataFolder(options.data);
  const settings = await folder.settings();
  if (!settings) throw new CommandFailed(`no cluster in ${folder.dir}; kaji up makes one`, EXIT.conflict);
  const signal = stopSignal();
  const opening = openStore(folder, { clock, log });
  await writeNote(folder.note("control-plane"), process.pid, {});
  const { runControlPlane } = await import("./control-plane-parts.ts");
  return runControlPlane({ folder, settings, opening, clock, random: systemRandom, log }, signal);
}
