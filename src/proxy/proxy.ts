// kube-proxy: follows Services and EndpointSlices and keeps the node's tables in step. It refuses to hold rules of its own: what is
// applied is always compiled from what the caches say.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { pause, whenAborted } from "../base/pause.ts";
import type { CacheSet } from "../client/cache-set.ts";
import { Service } from "../resources/core/service.ts";
import { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import type { Nft } from "../wire/nftables/nft.ts";
import type { Ruleset } from "./ruleset.ts";
import { Compiler } from "./ruleset.ts";
import type { TableOptions } from "./text.ts";
import { EMPTY, difference, removeTable, wholeTable } from "./text.ts";

export interface ProxyOptions extends TableOptions {
  readonly caches: CacheSet;
  readonly nft: Nft;
  readonly nodeName: string;
  readonly zone?: string | undefined;
  /** Forgets the kernel's memory of UDP flows to this address and port; they would go on to an endpoint that is gone. */
  readonly forgetFlows: (protocol: "udp", address: string, port: number) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Changes that come within this time are applied together. */
const GATHER_MS = 10;
const RETRY_MS = 1000;
const SERVICE_NAME = "kubernetes.io/service-name";

/** Keeps the table in step until `signal` aborts; the table stays, so that services answer while Kaji restarts. */
export async function runProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  const { caches, clock, log } = options;
  const services = caches.of(Service);
  const slices = caches.of(EndpointSlice);
  slices.addIndex("service", (s) => [`${s.metadata.namespace}/${s.metadata.labels?.[SERVICE_NAME] ?? ""}`]);
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();
  services.listen(wake);
  slices.listen(wake);
  signal.addEventListener("abort", wake, { once: true });
  await Promise.race([Promise.all([services.synced, slices.synced]), whenAborted(signal)]);

  const compiler = new Compiler({ nodeName: options.nodeName, zone: options.zone });
  let applied: Ruleset | undefined;
  while (!signal.aborted) {
    changed = Promise.withResolvers<void>();
    const wanted = compiler.compile({
      services: services.list(),
      slices: (s) => slices.by("service", `${s.metadata.namespace}/${s.metadata.name}`),
    });
    try {
      await apply(applied, wanted, options);
      applied = wanted;
    } catch (error) {
      // Somebody may have changed the table under us: the next attempt writes it whole.
      log.error("rules not applied; the whole table is written next", {
        error: error instanceof Error ? error.message : String(error),
      });
      applied = undefined;
      await pause(clock, RETRY_MS, signal);
      continue;
    }
    await changed.promise;
    await pause(clock, GATHER_MS, signal);
  }
}

async function apply(before: Ruleset | undefined, wanted: Ruleset, options: ProxyOptions): Promise<void> {
  const batch = before ? difference(before, wanted, options) : wholeTable(wanted, options);
  if (batch) await options.nft.apply(batch);
  for (const target of goneUdpTargets(before ?? EMPTY, wanted))
    await options.forgetFlows("udp", target.ip, target.port);
}

/** Endpoints of UDP services that packets went to and should no longer. */
export function goneUdpTargets(before: Ruleset, after: Ruleset): { ip: string; port: number }[] {
  const udp = (ruleset: Ruleset) => {
    const targets = new Set<string>();
    for (const map of [ruleset.maps.endpoints, ruleset.maps.node_endpoints]) {
      for (const [key, value] of map) if (key.includes("udp ")) targets.add(value);
    }
    return targets;
  };
  const still = udp(after);
  return [...udp(before)]
    .filter((value) => !still.has(value))
    .map((value) => {
      const [ip = "", port] = value.split(" . ");
      return { ip, port: Number(port) };
    });
}

/** Takes the table away: for `kaji down`. */
export const removeRules = (nft: Nft, table: string): Promise<void> => nft.apply(removeTable(table));
