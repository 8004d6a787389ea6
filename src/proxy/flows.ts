// Which of the kernel's memories of UDP flows are wrong after a change: such a flow would go on to an endpoint that is gone, or past
// the service. It refuses to touch them: whoever runs the proxy says how.
import type { UdpFlow } from "../wire/conntrack/conntrack.ts";
import type { Frontend } from "./elements.ts";
import type { Change } from "./ledger.ts";
import type { Target } from "./targets.ts";

/** Flows to targets that a frontend lost, and all flows of one that had none: those went out untranslated. */
export function wrongFlows({ udp }: Pick<Change, "udp">): UdpFlow[] {
  return udp.flatMap(({ before, after }): UdpFlow[] => {
    const place = placeOf((before ?? after)!);
    const now = targetsOf(after);
    const then = targetsOf(before);
    if (then.size === 0) return now.size > 0 ? [{ ...place, target: undefined }] : [];
    return [...then].filter((target) => !now.has(target)).map((target) => ({ ...place, target: parsed(target) }));
  });
}

/** Those that lead past what a frontend has now: for the start, when nobody saw what changed before it. */
export function staleFlows(remembered: readonly UdpFlow[], holds: (key: string) => Frontend | undefined): UdpFlow[] {
  return remembered.filter(({ address, port, target }) => {
    const frontend = holds(`${address} . udp . ${port}`) ?? holds(`udp . ${port}`);
    return frontend && target && !targetsOf(frontend).has(`${target.ip} . ${target.port}`);
  });
}

const targetsOf = (frontend: Frontend | undefined): ReadonlySet<Target> =>
  new Set(frontend?.pools.flatMap((pool) => pool.targets));

function placeOf({ key, isNode }: Frontend): { address: string | undefined; port: number } {
  const parts = key.split(" . ");
  return { address: isNode ? undefined : parts[0], port: Number(parts.at(-1)) };
}

function parsed(target: Target): { ip: string; port: number } {
  const [ip = "", port] = target.split(" . ");
  return { ip, port: Number(port) };
}
