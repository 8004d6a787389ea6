// Kernel parameters that a pod may set: those of its own namespaces that do no harm to others. It refuses to judge pods.

export interface SafeSysctl {
  /** The minor version since which it is known as such. */
  readonly since: number;
  /** What the pod must not share with its node. */
  readonly namespace: "IPC" | "Net";
}

export const SAFE_SYSCTLS: Readonly<Record<string, SafeSysctl>> = {
  "kernel.shm_rmid_forced": { since: 0, namespace: "IPC" },
  "net.ipv4.ip_local_port_range": { since: 0, namespace: "Net" },
  "net.ipv4.tcp_syncookies": { since: 0, namespace: "Net" },
  "net.ipv4.ping_group_range": { since: 0, namespace: "Net" },
  "net.ipv4.ip_unprivileged_port_start": { since: 0, namespace: "Net" },
  "net.ipv4.ip_local_reserved_ports": { since: 27, namespace: "Net" },
  "net.ipv4.tcp_keepalive_time": { since: 29, namespace: "Net" },
  "net.ipv4.tcp_fin_timeout": { since: 29, namespace: "Net" },
  "net.ipv4.tcp_keepalive_intvl": { since: 29, namespace: "Net" },
  "net.ipv4.tcp_keepalive_probes": { since: 29, namespace: "Net" },
  "net.ipv4.tcp_rmem": { since: 32, namespace: "Net" },
  "net.ipv4.tcp_wmem": { since: 32, namespace: "Net" },
};

/** Names may be written as paths: then a dot inside of a part (an interface, say) is a dot. */
export function dottedSysctl(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== "/") return name;
  return name.replace(/[./]/g, (mark) => (mark === "/" ? "." : "/"));
}
