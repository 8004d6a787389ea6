// The pod network of one node for the CNI: a bridge with the node as its gateway. A pure function giving the configuration's text.
// It refuses to masquerade: the proxy's table does, without iptables.

export interface PodNetwork {
  /** The cluster's id; the bridge is called after it. */
  readonly clusterId: string;
  readonly podCidr: string;
  /** Where host-local keeps its books of addresses; must vanish at a reboot. */
  readonly ipamFolder: string;
  readonly mtu?: number;
}

/** At most 15 characters, as the kernel wants. */
export const bridgeName = (clusterId: string): string => `kaji-${clusterId}`;

export function cniConfig({ clusterId, podCidr, ipamFolder, mtu }: PodNetwork): string {
  const bridge = {
    type: "bridge",
    bridge: bridgeName(clusterId),
    isGateway: true,
    ipMasq: false,
    hairpinMode: true,
    ...(mtu && { mtu }),
    ipam: { type: "host-local", dataDir: ipamFolder, ranges: [[{ subnet: podCidr }]], routes: [{ dst: "0.0.0.0/0" }] },
  };
  return `${JSON.stringify({ cniVersion: "0.4.0", name: `kaji-${clusterId}`, plugins: [bridge] }, null, 2)}\n`;
}
