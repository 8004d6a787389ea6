// What the machine says of itself, as the kubelet needs it. It refuses to find it out: that is a parameter.
import type { ResourceList } from "../../resources/core/pod/resources.ts";

export interface NodeFacts {
  readonly name: string;
  /** Addresses inside the cluster, one of each family. */
  readonly ips: readonly string[];
  readonly hostname: string;
  /** As Go names them: `linux`, `amd64`. */
  readonly os: string;
  readonly architecture: string;
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly kernelVersion: string;
  /** Whether the kernel enforces AppArmor's profiles; undefined: nobody asked. */
  readonly hasAppArmor?: boolean | undefined;
  readonly osImage: string;
  readonly kubeletVersion: string;
  /** Where the kubelet's own server listens; 0 for none. */
  readonly kubeletPort: number;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly taints?:
    | readonly {
        readonly key: string;
        readonly value?: string;
        readonly effect: "NoExecute" | "NoSchedule" | "PreferNoSchedule";
      }[]
    | undefined;
  /** The range of the node's pods, where the node knows it. */
  readonly podCIDRs?: readonly string[] | undefined;
}

/** Shortages that the machine reports at a time: each becomes a condition and a taint. */
export interface Pressure {
  readonly memory: boolean;
  readonly disk: boolean;
  readonly pids: boolean;
}

export const NO_PRESSURE: Pressure = { memory: false, disk: false, pids: false };
