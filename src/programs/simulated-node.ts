// A node without containers, for machines without root or containerd: the same kubelet on the simulated runtime. It refuses to
// serve logs and commands: there is nothing behind them.
import { cpus, totalmem } from "node:os";
import { runKubelet } from "../kubelet/kubelet.ts";
import type { NodeFacts } from "../kubelet/node/facts.ts";
import { simulatedDialer } from "../kubelet/runtime/simulated-dialer.ts";
import { simulatedConfigs, simulatedVolumes } from "../kubelet/runtime/simulated-parts.ts";
import { simulatedRuntime } from "../kubelet/runtime/simulated.ts";
import { KUBERNETES_VERSION } from "../schema/meta/kubernetes-version.ts";
import type { AgentParts } from "./agent.ts";
import { hostAddress } from "./settings.ts";

export async function runSimulatedNode(
  { client, clock, random, log, node }: AgentParts,
  signal: AbortSignal,
): Promise<void> {
  const [prefix = ""] = node.podCidr.split("/");
  let last = 1;
  const address = () => `${prefix.slice(0, prefix.lastIndexOf("."))}.${(last = (last % 254) + 1)}`;
  const cri = simulatedRuntime({ clock, random, address });
  await runKubelet(
    {
      client,
      clock,
      random,
      log,
      cri,
      volumes: simulatedVolumes(),
      configs: simulatedConfigs(),
      dialer: simulatedDialer(cri.state),
      readTail: (path, bytes) => cri.readTail(path, bytes),
      facts: () => simulatedFacts(node.name, node.podCidr),
    },
    signal,
  );
}

function simulatedFacts(name: string, podCidr: string): NodeFacts {
  const capacity = {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    "ephemeral-storage": "100Gi",
    pods: "110",
  };
  return {
    name,
    ips: [hostAddress()],
    hostname: name,
    os: "linux",
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    capacity,
    allocatable: capacity,
    machineID: "",
    systemUUID: "",
    bootID: "",
    kernelVersion: "simulated",
    osImage: "Kaji simulated node",
    kubeletVersion: KUBERNETES_VERSION,
    kubeletPort: 0,
    podCIDRs: [podCidr],
  };
}
