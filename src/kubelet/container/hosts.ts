// A pod's /etc/hosts and its host name. Pure texts.
import type { Pod } from "../../resources/core/pod.ts";

const STANDARD = [
  "127.0.0.1\tlocalhost",
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::0\tip6-localnet",
  "fe00::0\tip6-mcastprefix",
  "fe00::1\tip6-allnodes",
  "fe00::2\tip6-allrouters",
];

/** At most 63 characters, as the kernel takes it, not ending in a separator. */
export const podHostname = (pod: Pod): string =>
  (pod.spec.hostname || (pod.metadata.name ?? "")).slice(0, 63).replace(/[-.]+$/, "");

/** With a subdomain: `sub.ns.svc.cluster.local`. */
export const podDomain = (pod: Pod, clusterDomain: string): string =>
  pod.spec.subdomain ? `${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : "";

export function hostsText(pod: Pod, podIPs: readonly string[], clusterDomain: string, hostsOfNode: string): string {
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => [ip, ...hostnames].join("\t"));
  const added = aliases.length > 0 ? ["", "# Entries added by HostAliases.", ...aliases] : [];
  if (pod.spec.hostNetwork)
    return [`# Kubernetes-managed hosts file (host network).`, hostsOfNode.trimEnd(), ...added, ""].join("\n");
  const domain = podDomain(pod, clusterDomain);
  const name = podHostname(pod);
  const own = podIPs.map((ip) => (domain ? `${ip}\t${name}.${domain}\t${name}` : `${ip}\t${name}`));
  return ["# Kubernetes-managed hosts file.", ...STANDARD, ...own, ...added, ""].join("\n");
}
