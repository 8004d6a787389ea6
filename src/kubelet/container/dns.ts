// A pod's resolv.conf, from its DNS policy, its dnsConfig, the cluster's DNS and the host's own. Pure.
import type { Pod } from "../../resources/core/pod.ts";
import type { MessageInit } from "../../wire/protobuf/message.ts";
import type { DNSConfig } from "../../wire/cri/sandbox-config.ts";

export interface NodeDns {
  /** The address of the cluster's DNS, and its domain. */
  readonly clusterDns: string;
  readonly clusterDomain: string;
  /** The host's own settings. */
  readonly host: ResolvConf;
}

export interface ResolvConf {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** Servers and searches that resolvers take at most. */
const MAX_SERVERS = 3;
const MAX_SEARCHES = 32;

export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split("\n")) {
    const [key, ...values] = line.trim().split(/\s+/);
    if (key === "nameserver" && values[0]) servers.push(values[0]);
    else if (key === "search" || key === "domain") searches = values.filter((v) => v !== ".");
    else if (key === "options") options = values;
  }
  return { servers, searches, options };
}

export function podDns(pod: Pod, { clusterDns, clusterDomain, host }: NodeDns): MessageInit<typeof DNSConfig> {
  const { dnsPolicy = "ClusterFirst", hostNetwork, dnsConfig } = pod.spec;
  const cluster: ResolvConf = {
    servers: [clusterDns],
    searches: [
      `${pod.metadata.namespace}.svc.${clusterDomain}`,
      `svc.${clusterDomain}`,
      clusterDomain,
      ...host.searches,
    ],
    options: ["ndots:5"],
  };
  const usesCluster = dnsPolicy === "ClusterFirstWithHostNet" || (dnsPolicy === "ClusterFirst" && !hostNetwork);
  const base = dnsPolicy === "None" ? { servers: [], searches: [], options: [] } : usesCluster ? cluster : host;
  const own = (dnsConfig?.options ?? []).map(({ name = "", value }) =>
    value === undefined ? name : `${name}:${value}`,
  );
  return {
    servers: unique([...base.servers, ...(dnsConfig?.nameservers ?? [])]).slice(0, MAX_SERVERS),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]).slice(0, MAX_SEARCHES),
    options: mergeOptions(base.options, own),
  };
}

const unique = (list: readonly string[]) => [...new Set(list)];

/** Of options with one name the later counts, at the place of the first. */
function mergeOptions(base: readonly string[], own: readonly string[]): string[] {
  const byName = new Map([...base, ...own].map((option) => [option.split(":", 1)[0], option]));
  return [...byName.values()];
}
