// What a node and its pods use, in the three forms that are asked for: /stats/summary, /metrics/resource and
// /metrics/cadvisor. Pure text and JSON; it refuses to measure (node/usage.ts).
import { formatTime } from "../../base/timestamp.ts";
import type { ContainerUse, Cpu, Memory, NodeUse, PodUse, Used } from "../node/usage.ts";

const cpuOf = ({ time, coreNanoseconds, nanoCores }: Cpu) => ({
  time: formatTime(time),
  ...(nanoCores !== undefined && { usageNanoCores: nanoCores }),
  usageCoreNanoSeconds: coreNanoseconds,
});

const memoryOf = (time: number, { usage, workingSet, rss, pageFaults, majorPageFaults }: Memory) => ({
  time: formatTime(time),
  usageBytes: usage,
  workingSetBytes: workingSet,
  rssBytes: rss,
  pageFaults,
  majorPageFaults,
});

const usedOf = ({ cpu, memory }: Used) => ({ cpu: cpuOf(cpu), memory: memoryOf(cpu.time, memory) });

/** The answer of /stats/summary. */
export function summary(node: NodeUse, pods: readonly PodUse[]): object {
  const { capacity, available, inodes, inodesFree } = node.disk;
  const time = formatTime(node.cpu.time);
  const disk = { time, availableBytes: available, capacityBytes: capacity, inodesFree, inodes };
  const fs = { ...disk, usedBytes: capacity - available, inodesUsed: inodes - inodesFree };
  const { cpu, memory } = usedOf(node);
  return {
    node: {
      nodeName: node.name,
      startTime: formatTime(node.bootedAt),
      cpu,
      memory: { ...memory, availableBytes: node.availableMemory },
      fs,
      runtime: { imageFs: fs, containerFs: fs },
    },
    pods: pods.map((pod) => ({
      podRef: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
      startTime: formatTime(pod.startedAt),
      containers: pod.containers.map((one) => ({
        name: one.name,
        startTime: formatTime(one.startedAt),
        ...usedOf(one),
        rootfs: { ...disk, usedBytes: one.rootBytes, inodesUsed: one.rootInodes },
      })),
      ...usedOf(pod),
      network: { time: formatTime(pod.cpu.time), name: "eth0", ...pod.network },
    })),
  };
}

type Labels = Readonly<Record<string, string>>;

/** One family in Prometheus' text format, each sample with its time. */
function family(
  name: string,
  type: "counter" | "gauge",
  help: string,
  samples: readonly (readonly [Labels, number, number?])[],
): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value, time]) => {
    const inner = Object.entries(labels)
      .map(([key, text]) => `${key}=${JSON.stringify(text)}`)
      .join(",");
    return `${name}${inner && `{${inner}}`} ${value}${time === undefined ? "" : ` ${Math.round(time)}`}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

interface Row {
  readonly labels: Labels;
  readonly one: ContainerUse;
}

const rows = (pods: readonly PodUse[]): readonly Row[] =>
  pods.flatMap(({ name: pod, namespace, containers }) =>
    containers.map((one) => ({ labels: { container: one.name, namespace, pod }, one })),
  );

const seconds = ({ coreNanoseconds }: Cpu) => coreNanoseconds / 1e9;

/** The answer of /metrics/resource, what a metrics server reads. */
export function resourceMetrics(node: NodeUse, pods: readonly PodUse[]): string {
  const own = rows(pods);
  const each = (of: (one: Used) => number) => own.map(({ labels, one }) => [labels, of(one), one.cpu.time] as const);
  const podRows = (of: (one: Used) => number) =>
    pods.map((pod) => [{ namespace: pod.namespace, pod: pod.name }, of(pod), pod.cpu.time] as const);
  const cpu = ({ cpu: one }: Used) => seconds(one);
  const memory = ({ memory: one }: Used) => one.workingSet;
  return [
    family(
      "container_cpu_usage_seconds_total",
      "counter",
      "Processor time that a container has used, in seconds of a core",
      each(cpu),
    ),
    family("container_memory_working_set_bytes", "gauge", "Memory that a container needs now, in bytes", each(memory)),
    family(
      "container_start_time_seconds",
      "gauge",
      "When a container was started, in seconds since 1970",
      own.map(({ labels, one }) => [labels, one.startedAt / 1000]),
    ),
    family("node_cpu_usage_seconds_total", "counter", "Processor time that the node has used, in seconds of a core", [
      [{}, cpu(node), node.cpu.time],
    ]),
    family("node_memory_working_set_bytes", "gauge", "Memory that the node needs now, in bytes", [
      [{}, memory(node), node.cpu.time],
    ]),
    family(
      "pod_cpu_usage_seconds_total",
      "counter",
      "Processor time that a pod has used, in seconds of a core",
      podRows(cpu),
    ),
    family("pod_memory_working_set_bytes", "gauge", "Memory that a pod needs now, in bytes", podRows(memory)),
    family("resource_scrape_error", "gauge", "1 if the figures could not be had, else 0", [[{}, 0]]),
  ].join("");
}

/** The answer of /metrics/cadvisor: of its many families those that are known here. */
export function cadvisorMetrics(pods: readonly PodUse[]): string {
  const own = rows(pods);
  const each = (of: (one: ContainerUse) => number) =>
    own.map(({ labels, one }) => [labels, of(one), one.cpu.time] as const);
  const net = (of: (one: PodUse["network"]) => number) =>
    pods.map(
      (pod) =>
        [
          { container: "", interface: "eth0", namespace: pod.namespace, pod: pod.name },
          of(pod.network),
          pod.cpu.time,
        ] as const,
    );
  return [
    family(
      "container_cpu_usage_seconds_total",
      "counter",
      "Processor time used, in seconds of a core",
      each(({ cpu }) => seconds(cpu)),
    ),
    family(
      "container_memory_usage_bytes",
      "gauge",
      "Memory in use, caches included, in bytes",
      each(({ memory }) => memory.usage),
    ),
    family(
      "container_memory_working_set_bytes",
      "gauge",
      "Memory needed now, in bytes",
      each(({ memory }) => memory.workingSet),
    ),
    family(
      "container_memory_rss",
      "gauge",
      "Anonymous memory, in bytes",
      each(({ memory }) => memory.rss),
    ),
    family(
      "container_fs_usage_bytes",
      "gauge",
      "What the writable layer takes, in bytes",
      each(({ rootBytes }) => rootBytes),
    ),
    family(
      "container_network_receive_bytes_total",
      "counter",
      "Received by a pod, in bytes",
      net(({ rxBytes }) => rxBytes),
    ),
    family(
      "container_network_transmit_bytes_total",
      "counter",
      "Sent by a pod, in bytes",
      net(({ txBytes }) => txBytes),
    ),
  ].join("");
}
