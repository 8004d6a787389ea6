// Each fault that the doctor knows, produced on a made-up machine, and that a sound machine has none.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemRandom } from "../../base/random.ts";
import { issueAuthority } from "../../wire/x509/issue.ts";
import { lookAt } from "../doctor.ts";
import type { Host, Subject } from "./check.ts";

const NOW = Date.UTC(2026, 10, 24);
const DAY = 86_400_000;

const FILES: Readonly<Record<string, string>> = {
  "/proc/filesystems": "nodev\toverlay\n",
  "/proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t9\t1\nmemory\t4\t9\t1\npids\t8\t9\t1\n",
  "/proc/sys/net/ipv4/ip_forward": "1\n",
  "/proc/sys/net/bridge/bridge-nf-call-iptables": "1\n",
  "/etc/resolv.conf": "nameserver 9.9.9.9\n",
};

interface Machine {
  readonly uid?: number;
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly without?: readonly string[];
  readonly iptables?: string;
  readonly takenPorts?: readonly number[];
  readonly free?: number;
}

function machine({
  uid = 0,
  files = {},
  without = [],
  iptables = "-P FORWARD ACCEPT\n",
  takenPorts = [],
  free = 50 * 2 ** 30,
}: Machine = {}): Host {
  const all = { ...FILES, ...files };
  return {
    uid,
    now: NOW,
    read: async (path) => all[path],
    has: (program) => !without.includes(program),
    exists: (path) => (path.endsWith("/bridge") ? !without.includes("bridge") : all[path] !== undefined),
    run: async (program) => (program === "iptables" ? { code: 0, output: iptables } : { code: 1, output: "" }),
    portIsFree: async (port) => !takenPorts.includes(port),
    disk: async () => ({ free, total: 100 * 2 ** 30 }),
  };
}

const settings = {
  format: 1,
  id: "bcdfg",
  apiPort: 6443,
  podCidr: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/16",
  dnsIP: "10.96.0.10",
  nodes: [{ name: "n1", podCidr: "10.244.0.0/24", kubeletPort: 10250, simulated: false }],
};

async function faults(host: Host, more: Partial<Subject> = {}): Promise<Record<string, string>> {
  const findings = await lookAt({ host, dataFolder: "/data", settings, runs: true, missingAgents: [], ...more });
  return Object.fromEntries(findings.filter((f) => !f.ok).map((f) => [f.check, `${f.found} -> ${f.remedy}`]));
}

describe("doctor", () => {
  it("finds nothing on a sound machine", async () => {
    assert.deepEqual(await faults(machine()), {});
  });

  const produced: readonly (readonly [check: string, host: Host, text: RegExp, subject?: Partial<Subject>])[] = [
    ["root", machine({ uid: 1000 }), /nodes are simulated -> run as root/],
    ["programs", machine({ without: ["containerd", "nft"] }), /not installed: containerd, nft -> .*apt-get install/],
    ["CNI plug-ins", machine({ without: ["bridge"] }), /pods get no network -> .*containernetworking-plugins/],
    ["conntrack", machine({ without: ["conntrack"] }), /UDP clients .* -> apt-get install conntrack/],
    [
      "overlay file system",
      machine({ files: { "/proc/filesystems": "nodev\tproc\n" } }),
      /images cannot be unpacked -> load the module overlay/,
    ],
    [
      "control groups",
      machine({ files: { "/proc/cgroups": FILES["/proc/cgroups"]!.replace("memory\t4\t9\t1", "memory\t0\t1\t0") } }),
      /without memory.* -> boot with/,
    ],
    ["forwarding", machine({ files: { "/proc/sys/net/ipv4/ip_forward": "0\n" } }), /ip_forward is 0.* -> sysctl -w/],
    [
      "bridged packets",
      machine({ files: { "/proc/sys/net/bridge/bridge-nf-call-iptables": undefined } }),
      /cannot reach each other.* -> modprobe br_netfilter/,
    ],
    [
      "firewall",
      machine({ iptables: "-P FORWARD DROP\n-N DOCKER-USER\n" }),
      /drops forwarded packets.* -> .*iptables -I FORWARD/,
    ],
    ["resolvers", machine({ files: { "/etc/resolv.conf": "search x\n" } }), /names no resolver.* -> put a nameserver/],
    ["disk", machine({ free: 2 ** 28 }), /0\.3 GiB free.* -> free some space/],
    ["ports", machine({ takenPorts: [6443] }), /port 6443 of the API server is taken.* -> end it/, { runs: false }],
    [
      "processes",
      machine(),
      /not running: the control plane, the agent of n1 -> kaji up/,
      { runs: false, missingAgents: ["n1"] },
    ],
    ["keys", machine({ files: { "/data/pki/ca.crt": "text" } }), /one is missing -> put it back/],
  ];
  for (const [check, host, text, subject] of produced) {
    it(`finds ${check}, and only that`, async () => {
      const found = await faults(host, subject);
      assert.match(found[check] ?? "nothing", text);
      const others = Object.keys(found).filter((name) => name !== check && !(subject && name === "processes"));
      assert.deepEqual(others, []);
    });
  }

  it("reads certificates: damaged ones and expired ones", async () => {
    const made = await issueAuthority(
      { commonName: "kubernetes", notBefore: NOW - 9 * DAY, notAfter: NOW - DAY },
      systemRandom,
    );
    const expired = machine({ files: { "/data/pki/ca.crt": made.cert, "/data/pki/ca.key": made.key } });
    assert.match((await faults(expired))["keys"] ?? "", /has expired -> kaji down, then kaji up/);
    const damaged = machine({ files: { "/data/pki/ca.crt": "half a cert", "/data/pki/ca.key": made.key } });
    assert.match((await faults(damaged))["keys"] ?? "", /is no certificate -> remove it/);
  });

  it("does not ask of simulated nodes what only containers need", async () => {
    const bare = machine({ uid: 1000, without: ["containerd", "runc", "nft", "ip", "bridge", "conntrack"] });
    const simulated = { ...settings, nodes: [{ ...settings.nodes[0]!, simulated: true }] };
    assert.deepEqual(Object.keys(await faults(bare, { settings: simulated })), ["root"]);
  });
});
