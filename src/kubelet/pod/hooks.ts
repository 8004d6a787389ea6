// Runs the hooks around a container's life: a command, an HTTP request, a pause. It refuses to decide when.
import type { Clock } from "../../base/clock.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { LifecycleHandler } from "../../resources/core/pod/lifecycle.ts";
import type { Cri } from "../cri.ts";
import type { AnyContainer } from "../parts.ts";
import type { Dialer } from "../probes/dialer.ts";
import { httpAction } from "../probes/http.ts";

export interface HookPlace {
  readonly pod: Pod;
  readonly container: AnyContainer;
  readonly containerId: string;
  readonly podIP: string;
}

export interface HookTools {
  readonly cri: Cri;
  readonly dialer: Dialer;
  readonly clock: Clock;
}

/** How long an HTTP hook may take. */
const HTTP_TIMEOUT_MS = 60_000;

/** Resolves when the hook has succeeded; rejects with why it has not. */
export async function runHook(
  handler: LifecycleHandler,
  place: HookPlace,
  { cri, dialer, clock }: HookTools,
  signal: AbortSignal,
): Promise<void> {
  if (handler.exec) {
    const cmd = [...(handler.exec.command ?? [])];
    const { exitCode, stdout, stderr } = await cri.runtime.execSync(
      { containerId: place.containerId, cmd },
      { signal },
    );
    if (exitCode === 0) return;
    const said = Buffer.concat([stdout, stderr]).toString();
    throw new Error(`command '${cmd.join(" ")}' exited with ${exitCode}: ${said}`);
  }
  if (handler.httpGet) {
    // Any answer will do, as upstream has it: a 404 is no reason to end a container.
    await dialer.http(
      { ...httpAction(handler.httpGet, place.container, place.podIP), timeoutMs: HTTP_TIMEOUT_MS },
      signal,
    );
    return;
  }
  if (handler.sleep) return clock.sleep(handler.sleep.seconds * 1000, signal);
  throw new Error(`invalid handler: ${JSON.stringify(handler)}`);
}
