// The control groups of pods: kubepods, its classes of service, and one group for each pod with the pod's shares and
// limits. For cgroup v1 and v2, by files. It refuses to make containers' groups: the runtime does, below these.
import { mkdir, readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "../../resources/core/pod.ts";
import { qosClass } from "../../resources/core/pod/qos.ts";
import { cgroupParent, podResources, sharesOf } from "../container/resources.ts";
import type { NodeAmounts } from "../container/resources.ts";

export interface PodCgroups {
  /** Makes the pod's group, or brings it to what the pod asks for now. May be repeated; writes only what changed. */
  apply(pod: Pod): Promise<void>;
  /** Takes the group away; one that still has processes is tried again with the next. */
  remove(podUid: string): Promise<void>;
}

export interface CgroupOptions {
  /** Where the hierarchies are mounted: `/sys/fs/cgroup`. */
  readonly mount: string;
  /** Where the cluster's groups begin: `/kaji-ID`. */
  readonly root: string;
  readonly node: NodeAmounts;
}

/** What a group may use; shares as cgroup v1 counts them. Absent: no limit. */
export interface GroupLimits {
  readonly shares: number;
  readonly quotaUs?: number | undefined;
  readonly periodUs?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

/** The hierarchies of v1 that the limits are in; the runtime makes the group in the others. */
const V1 = ["cpu", "memory"] as const;
const V2_CONTROLLERS = ["cpuset", "cpu", "io", "memory", "pids", "hugetlb"];

/** Shares of v1 (2 to 262144) as a weight of v2 (1 to 10000). */
export const weightOf = (shares: number): number => 1 + Math.floor(((shares - 2) * 9999) / 262_142);

export function podLimitsOf(pod: Pod): GroupLimits {
  const { cpuShares = 2, cpuQuota = 0, cpuPeriod, memoryLimitInBytes = 0 } = podResources(pod);
  return {
    shares: cpuShares,
    ...(cpuQuota > 0 && { quotaUs: cpuQuota, periodUs: cpuPeriod }),
    ...(memoryLimitInBytes > 0 && { memoryBytes: memoryLimitInBytes }),
  };
}

export function podCgroups({ mount, root, node }: CgroupOptions): PodCgroups {
  const known = new Map<string, { readonly group: string; readonly text: string; readonly burst: number }>();
  const busy = new Set<string>();
  let made: Promise<boolean> | undefined;
  let burstable = 0;

  /** The groups above the pods'. Answers whether there is one hierarchy (v2). */
  async function base(): Promise<boolean> {
    const unified = (await readFile(join(mount, "cgroup.controllers"), "utf8").catch(absent)) !== undefined;
    const top = `${root}/kubepods`;
    await setGroup(mount, unified, top, { shares: sharesOf(node.milliCpu), memoryBytes: node.memoryBytes });
    await setGroup(mount, unified, `${top}/besteffort`, { shares: 2 });
    await setGroup(mount, unified, `${top}/burstable`, { shares: 2 });
    return unified;
  }

  /** The class of those that asked for something weighs what they asked for together. */
  async function weigh(unified: boolean): Promise<void> {
    const sum = [...known.values()].reduce((total, { burst }) => total + burst, 0);
    if (sum === burstable) return;
    burstable = sum;
    await setGroup(mount, unified, `${root}/kubepods/burstable`, { shares: Math.min(262_144, Math.max(2, sum)) });
  }

  async function removeGroup(group: string): Promise<boolean> {
    const unified = await (made ?? base());
    const hierarchies = unified ? [mount] : (await readdir(mount)).map((name) => join(mount, name));
    const gone = await Promise.all(hierarchies.map((hierarchy) => removeEmpty(join(hierarchy, group))));
    return gone.every(Boolean);
  }

  return {
    async apply(pod) {
      made ??= base().catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      const unified = await made;
      const limits = podLimitsOf(pod);
      const text = JSON.stringify(limits);
      const uid = pod.metadata.uid!;
      if (known.get(uid)?.text === text) return;
      const group = cgroupParent(root, pod);
      await setGroup(mount, unified, group, limits);
      known.set(uid, { group, text, burst: qosClass(pod) === "Burstable" ? limits.shares : 0 });
      await weigh(unified);
    },
    async remove(uid) {
      const found = known.get(uid)?.group;
      known.delete(uid);
      // A kubelet that starts anew does not know of what class the pod was.
      const classes = ["", "/burstable", "/besteffort"].map((tier) => `${root}/kubepods${tier}/pod${uid}`);
      for (const group of found === undefined ? classes : [found]) busy.add(group);
      for (const group of busy) if (await removeGroup(group)) busy.delete(group);
      if (made) await weigh(await made);
    },
  };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}

/** Groups of containers that have ended go first. Answers false while processes are in it. */
async function removeEmpty(group: string): Promise<boolean> {
  try {
    for (const entry of await readdir(group, { withFileTypes: true })) {
      if (entry.isDirectory()) await rmdir(join(group, entry.name));
    }
    await rmdir(group);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return true;
    if (code === "EBUSY" || code === "ENOTEMPTY") return false;
    throw error;
  }
}

/** Makes the group with those above it and sets its limits; what is not limited is set free. */
async function setGroup(mount: string, unified: boolean, group: string, limits: GroupLimits): Promise<void> {
  const { shares, quotaUs, periodUs = 100_000, memoryBytes } = limits;
  if (unified) {
    await delegate(mount, group);
    const at = (file: string) => join(mount, group, file);
    await writeFile(at("cpu.weight"), String(weightOf(shares)));
    await writeFile(at("cpu.max"), `${quotaUs ?? "max"} ${periodUs}`);
    return writeFile(at("memory.max"), String(memoryBytes ?? "max"));
  }
  const [cpu, memory] = V1.map((name) => join(mount, name, group)) as [string, string];
  await Promise.all([mkdir(cpu, { recursive: true }), mkdir(memory, { recursive: true })]);
  await writeFile(join(cpu, "cpu.shares"), String(shares));
  await writeFile(join(cpu, "cpu.cfs_period_us"), String(periodUs));
  await writeFile(join(cpu, "cpu.cfs_quota_us"), String(quotaUs ?? -1));
  await writeFile(join(memory, "memory.limit_in_bytes"), String(memoryBytes ?? -1));
}

/** On v2 a group has the controllers that each group above it hands on. */
async function delegate(mount: string, group: string): Promise<void> {
  let above = mount;
  for (const name of group.split("/").filter(Boolean)) {
    const has = (await readFile(join(above, "cgroup.controllers"), "utf8")).split(/\s+/);
    const wanted = V2_CONTROLLERS.filter((one) => has.includes(one)).map((one) => `+${one}`);
    await writeFile(join(above, "cgroup.subtree_control"), wanted.join(" "));
    above = join(above, name);
    await mkdir(above, { recursive: true });
  }
}
