// The cluster's own store, below its data folder. It refuses to load anything else: its thread starts while the rest of the
// program is still being loaded.
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import type { DataFolder } from "./data-folder.ts";

/** A failure is seen by whoever awaits it. */
export function openStore(folder: DataFolder, tools: { readonly clock: Clock; readonly log: Log }): Promise<Store> {
  const opening = openSqliteStore({ path: join(folder.store, "kaji.db"), ...tools });
  opening.catch(() => undefined);
  return opening;
}
