// All controllers on clients and caches that somebody else has made: the part that `kaji controllers` and the control plane
// share. It refuses to know how an API server is reached.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { CacheSet } from "../client/cache-set.ts";
import type { Client } from "../client/client.ts";
import { controllers } from "../controllers/index.ts";
import { DEFAULT_SETTINGS } from "../controllers/settings.ts";
import type { ControllerSettings } from "../controllers/settings.ts";
import { runControllers } from "../reconcile/engine.ts";
import type { Resource } from "../schema/resource.ts";

/** Whom the caches read as. */
export const MANAGER_USER = DEFAULT_SETTINGS.managerUser;

export interface ControllerSet {
  /** A client that speaks as this service account of kube-system, or as {@link MANAGER_USER}. */
  readonly clientFor: (identity: string) => Client;
  /** Filled by somebody who may read everything; run by the caller. Others may share them. */
  readonly caches: CacheSet;
  /** Every kind that the server serves. */
  readonly discovered: () => Promise<readonly Resource[]>;
  readonly settings: Partial<ControllerSettings>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Runs all controllers until `signal` aborts. Nothing is elected here: the caller knows whether others may run. */
export async function runControllerSet({ settings, ...engine }: ControllerSet, signal: AbortSignal): Promise<void> {
  await runControllers(controllers({ ...DEFAULT_SETTINGS, ...settings }), engine, signal);
}
