// The ports of a node that a pod takes. It refuses to know which are taken (that is the scheduler's and kubelet's).
import type { PodSpec } from "./spec.ts";

export interface HostPort {
  /** `0.0.0.0` is every address, `::` every IPv6 one. */
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** Ports of containers and of sidecars, which keep running; other init containers hold none. */
export function hostPorts(spec: Pick<PodSpec, "containers" | "initContainers">): readonly HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const found: HostPort[] = [];
  for (const { ports } of [...spec.containers, ...sidecars]) {
    for (const { hostPort, hostIP, protocol } of ports ?? []) {
      if (hostPort) found.push({ ip: hostIP || "0.0.0.0", protocol: protocol ?? "TCP", port: hostPort });
    }
  }
  return found;
}

/** Whether both cannot be taken on one node. */
export const portsConflict = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");
