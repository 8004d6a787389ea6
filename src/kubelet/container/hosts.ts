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

const LONGEST_HOSTNAME = 63;
/** What the kernel takes. */
const LONGEST_NODENAME = 64;

/** Not ending in a separator when it had to be cut. */
export function podHostname({ spec, metadata }: Pod): string {
  const name = spec.hostnameOverride ?? (spec.hostname || (metadata.name ?? ""));
  return name.length <= LONGEST_HOSTNAME ? name : name.slice(0, LONGEST_HOSTNAME).replace(/[-.]+$/, "");
}

/** With a subdomain: `sub.ns.svc.cluster.local`. A name of its own choice stands alone. */
export const podDomain = ({ spec, metadata }: Pod, clusterDomain: string): string =>
  spec.subdomain && spec.hostnameOverride === undefined
    ? `${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}`
    : "";

/** What the pod's kernel says that its name is: the whole one where that is asked for. Throws when it is too long. */
export function kernelHostname(pod: Pod, clusterDomain: string): string {
  const name = podHostname(pod);
  const domain = podDomain(pod, clusterDomain);
  if (!pod.spec.setHostnameAsFQDN || domain === "") return name;
  const whole = `${name}.${domain}`;
  if (whole.length <= LONGEST_NODENAME) return whole;
  throw new Error(
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${whole} is too long ` +
      `(${LONGEST_NODENAME} characters is the max, ${whole.length} characters requested)`,
  );
}

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
