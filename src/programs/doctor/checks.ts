// What `kaji doctor` looks at, in the order in which one thing needs the other.
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { Check } from "./check.ts";

const GIB = 1024 ** 3;
/** Below this much free space image layers and the store are in danger. */
const LEAST_FREE_BYTES = GIB;
const PROGRAMS = ["containerd", "runc", "nft", "ip"];
const PACKAGES = "containerd runc nftables iproute2 containernetworking-plugins conntrack";
const CNI_FOLDERS = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

const isReal = (nodes: readonly { readonly simulated: boolean }[] | undefined) =>
  nodes === undefined || nodes.some((n) => !n.simulated);

const root: Check = {
  name: "root",
  async look({ host }) {
    if (host.uid === 0) return undefined;
    return {
      found: "not root: containers cannot be run, nodes are simulated",
      remedy: "run as root for real containers",
      isWarning: true,
    };
  },
};

const programs: Check = {
  name: "programs",
  async look({ host, settings }) {
    if (!isReal(settings?.nodes)) return undefined;
    const missing = PROGRAMS.filter((program) => !host.has(program));
    if (missing.length === 0) return undefined;
    return {
      found: `not installed: ${missing.join(", ")}`,
      remedy: `install them (Debian: apt-get install ${PACKAGES})`,
    };
  },
};

const cniPlugins: Check = {
  name: "CNI plug-ins",
  async look({ host, settings }) {
    if (!isReal(settings?.nodes) || CNI_FOLDERS.some((folder) => host.exists(join(folder, "bridge")))) return undefined;
    return {
      found: `no CNI plug-in "bridge" in ${CNI_FOLDERS.join(", ")}: pods get no network`,
      remedy: "install the CNI plug-ins (Debian: apt-get install containernetworking-plugins)",
    };
  },
};

const flowMemory: Check = {
  name: "conntrack",
  async look({ host, settings }) {
    if (!isReal(settings?.nodes) || host.has("conntrack")) return undefined;
    const found =
      "the program conntrack is not installed: UDP clients may go on to an endpoint that is gone, for half a minute";
    return { found, remedy: "apt-get install conntrack", isWarning: true };
  },
};

const overlay: Check = {
  name: "overlay file system",
  async look({ host, settings }) {
    if (!isReal(settings?.nodes) || host.uid !== 0) return undefined;
    const known = (await host.read("/proc/filesystems")) ?? "";
    if (/\boverlay\b/.test(known)) return undefined;
    if ((await host.run("modprobe", ["overlay"]))?.code === 0) return undefined;
    return {
      found: "the kernel has no overlayfs: images cannot be unpacked",
      remedy: "load the module overlay, or use a kernel that has it",
    };
  },
};

const cgroups: Check = {
  name: "control groups",
  async look({ host, settings }) {
    if (!isReal(settings?.nodes)) return undefined;
    const controllers = (await host.read("/sys/fs/cgroup/cgroup.controllers"))?.split(/\s+/);
    const v1 = (await host.read("/proc/cgroups")) ?? "";
    const has = (name: string) =>
      controllers?.includes(name) || new RegExp(`^${name}\\s+[1-9]\\d*\\s+\\d+\\s+1$`, "m").test(v1);
    const missing = ["cpu", "memory", "pids"].filter((name) => !has(name));
    if (missing.length === 0) return undefined;
    return {
      found: `control groups without ${missing.join(", ")}: limits of containers do not hold`,
      remedy: "boot with these controllers on (cgroup_enable=memory), or delegate them",
    };
  },
};

const forwarding: Check = {
  name: "forwarding",
  async look({ host, settings }) {
    if (!isReal(settings?.nodes)) return undefined;
    if ((await host.read("/proc/sys/net/ipv4/ip_forward"))?.trim() === "1") return undefined;
    const found = "net.ipv4.ip_forward is 0: pods reach nothing outside of their node";
    return { found, remedy: "sysctl -w net.ipv4.ip_forward=1 (kaji up does it when it may)" };
  },
};

const bridgeFilter: Check = {
  name: "bridged packets",
  async look({ host, settings }) {
    if (!isReal(settings?.nodes)) return undefined;
    if ((await host.read("/proc/sys/net/bridge/bridge-nf-call-iptables"))?.trim() === "1") return undefined;
    return {
      found: "bridged packets are not filtered: pods on one node cannot reach each other through services",
      remedy: "modprobe br_netfilter && sysctl -w net.bridge.bridge-nf-call-iptables=1 (kaji up does it when it may)",
    };
  },
};

const firewall: Check = {
  name: "firewall",
  async look({ host, settings }) {
    if (!isReal(settings?.nodes) || !settings || !host.has("iptables")) return undefined;
    const rules = (await host.run("iptables", ["-S"]))?.output ?? "";
    if (!/^-P FORWARD DROP$/m.test(rules) || rules.includes(`kaji-${settings.id}`)) return undefined;
    return {
      found: "another program (Docker?) drops forwarded packets: pods reach nothing outside of their node",
      remedy: `kaji up adds its own rules; by hand: iptables -I FORWARD -s ${settings.podCidr} -j ACCEPT and the same with -d`,
    };
  },
};

const resolvers: Check = {
  name: "resolvers",
  async look({ host }) {
    const servers = [...((await host.read("/etc/resolv.conf")) ?? "").matchAll(/^\s*nameserver\s+(\S+)/gm)].map(
      (m) => m[1],
    );
    if (servers.length > 0) return undefined;
    const found = "/etc/resolv.conf names no resolver: pods resolve names of the cluster only";
    return { found, remedy: "put a nameserver line into /etc/resolv.conf", isWarning: true };
  },
};

const disk: Check = {
  name: "disk",
  async look({ host, dataFolder }) {
    const { free, total } = await host.disk(dataFolder);
    if (free >= LEAST_FREE_BYTES && free / total >= 0.05) return undefined;
    const found = `${(free / GIB).toFixed(1)} GiB free below ${dataFolder}: writes are refused when nothing is left, nodes report DiskPressure`;
    return { found, remedy: "free some space, or move the data folder (--data)" };
  },
};

const ports: Check = {
  name: "ports",
  async look({ host, settings, runs, missingAgents }) {
    if (!settings) return undefined;
    const wanted = [
      ...(runs ? [] : [{ port: settings.apiPort, whose: "the API server" }]),
      ...settings.nodes
        .filter((n) => !n.simulated && missingAgents.includes(n.name))
        .map((n) => ({ port: n.kubeletPort, whose: `the kubelet of ${n.name}` })),
    ];
    for (const { port, whose } of wanted) {
      if (await host.portIsFree(port)) continue;
      return {
        found: `port ${port} of ${whose} is taken by another program`,
        remedy: `end it (ss -ltnp 'sport = :${port}' names it), or start anew with another --port`,
      };
    }
    return undefined;
  },
};

const processes: Check = {
  name: "processes",
  async look({ settings, runs, missingAgents }) {
    if (!settings || (runs && missingAgents.length === 0)) return undefined;
    const dead = [...(runs ? [] : ["the control plane"]), ...missingAgents.map((name) => `the agent of ${name}`)];
    return {
      found: `not running: ${dead.join(", ")}`,
      remedy: "kaji up starts what is missing; pods that run are adopted",
      isWarning: true,
    };
  },
};

const keys: Check = {
  name: "keys",
  async look({ host, dataFolder, settings }) {
    if (!settings) return undefined;
    for (const name of ["ca", "apiserver", "apiserver-kubelet-client", "front-proxy-ca", "front-proxy-client"]) {
      const [certificate, key] = [join(dataFolder, "pki", `${name}.crt`), join(dataFolder, "pki", `${name}.key`)];
      const text = await host.read(certificate);
      if (text === undefined && !host.exists(key)) continue;
      if (text === undefined || !host.exists(key))
        return {
          found: `of ${certificate} and ${key} one is missing`,
          remedy: "put it back from a backup; removing both makes new ones (a new ca needs all others anew)",
        };
      const until = expiry(text);
      if (until === undefined)
        return { found: `${certificate} is no certificate`, remedy: `remove it and ${key}; kaji up makes them again` };
      if (until < host.now)
        return { found: `${certificate} has expired`, remedy: "kaji down, then kaji up: it is issued again" };
    }
    return undefined;
  },
};

/** When a certificate ends, milliseconds since the epoch; undefined for text that is none. */
function expiry(pem: string): number | undefined {
  try {
    return Date.parse(new X509Certificate(pem).validTo);
  } catch {
    return undefined; // Not a certificate: the caller says so.
  }
}

export const checks: readonly Check[] = [
  root,
  programs,
  cniPlugins,
  flowMemory,
  overlay,
  cgroups,
  forwarding,
  bridgeFilter,
  firewall,
  resolvers,
  disk,
  keys,
  ports,
  processes,
];
