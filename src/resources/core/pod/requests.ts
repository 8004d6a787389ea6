// How much a pod asks for and may use, all its containers together. It refuses to know what a node has.
//
// Containers run side by side, so their amounts add up. Init containers run one after the other before them, so the
// largest counts; sidecars (init containers that restart) start in their turn and stay, so they add to both. What the
// pod says as a whole wins for cpu, memory and huge pages; the overhead of the runtime comes on top.
import { addQuantity, compareQuantity, quantity } from "../../../base/quantity.ts";
import type { Quantity } from "../../../base/quantity.ts";
import type { ResourceList } from "./resources.ts";

/** Amounts by resource name. */
export type Amounts = Readonly<Record<string, Quantity>>;

interface Resources {
  readonly limits?: ResourceList | undefined;
  readonly requests?: ResourceList | undefined;
}
interface ContainerLike {
  readonly name?: string;
  readonly resources?: Resources | undefined;
  readonly restartPolicy?: string | undefined;
}
interface StatusLike {
  readonly name: string;
  readonly resources?: Resources | undefined;
  readonly allocatedResources?: ResourceList | undefined;
}
/** What of a pod is looked at. */
export interface PodAmounts {
  readonly spec: {
    readonly containers: readonly ContainerLike[];
    readonly initContainers?: readonly ContainerLike[] | undefined;
    readonly overhead?: ResourceList | undefined;
    readonly resources?: Resources | undefined;
  };
  readonly status?:
    | {
        readonly containerStatuses?: readonly StatusLike[] | undefined;
        readonly initContainerStatuses?: readonly StatusLike[] | undefined;
        readonly conditions?:
          | readonly { readonly type: string; readonly status: string; readonly reason?: string | undefined }[]
          | undefined;
      }
    | undefined;
}

export interface AmountOptions {
  /** Count what the node has set aside too, while a resize is under way. */
  readonly allocated?: boolean;
  /** Leave the overhead out. */
  readonly withoutOverhead?: boolean;
  /** Look at containers only. */
  readonly withoutPodLevel?: boolean;
}

export const isSidecar = (container: ContainerLike): boolean => container.restartPolicy === "Always";

/** Resources that a pod as a whole can ask for. */
export const isPodLevelResource = (name: string): boolean =>
  name === "cpu" || name === "memory" || name.startsWith("hugepages-");

const toAmounts = (list: ResourceList | undefined): Record<string, Quantity> => {
  const amounts: Record<string, Quantity> = {};
  for (const [name, amount] of Object.entries(list ?? {})) amounts[name] = quantity(amount);
  return amounts;
};

function add(total: Record<string, Quantity>, amounts: Amounts): void {
  for (const [name, amount] of Object.entries(amounts)) {
    const sofar = total[name];
    total[name] = sofar ? addQuantity(sofar, amount) : amount;
  }
}

function raise(total: Record<string, Quantity>, amounts: Amounts): void {
  for (const [name, amount] of Object.entries(amounts)) {
    const sofar = total[name];
    if (!sofar || compareQuantity(amount, sofar) > 0) total[name] = amount;
  }
}

/** Sums over all containers; `of` says what one container counts for. */
function aggregate<C extends ContainerLike>(
  containers: readonly C[],
  initContainers: readonly C[],
  of: (container: C) => Amounts,
): Record<string, Quantity> {
  const total: Record<string, Quantity> = {};
  for (const container of containers) add(total, of(container));
  const sidecars: Record<string, Quantity> = {};
  const starting: Record<string, Quantity> = {};
  for (const container of initContainers) {
    const own = of(container);
    if (isSidecar(container)) {
      add(total, own);
      add(sidecars, own);
      raise(starting, sidecars);
    } else {
      const together = { ...sidecars };
      add(together, own);
      raise(starting, together);
    }
  }
  raise(total, starting);
  return total;
}

/** A container's request while it is resized: the most of what is wanted, set and set aside. */
function allocatedRequests(pod: PodAmounts, container: ContainerLike): Amounts {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const status = statuses.find(({ name }) => name === container.name);
  const wanted = toAmounts(container.resources?.requests);
  if (!status) return wanted;
  const infeasible = pod.status?.conditions?.some(
    ({ type, status, reason }) => type === "PodResizePending" && status === "True" && reason === "Infeasible",
  );
  const amounts = infeasible ? {} : wanted;
  raise(amounts, toAmounts(status.resources?.requests));
  raise(amounts, toAmounts(status.allocatedResources));
  return Object.keys(amounts).length ? amounts : wanted;
}

/** What the pod asks for: the amounts that the scheduler sets aside on a node. */
export function podRequests(pod: PodAmounts, options: AmountOptions = {}): Amounts {
  const of = options.allocated
    ? (container: ContainerLike) => allocatedRequests(pod, container)
    : (container: ContainerLike) => toAmounts(container.resources?.requests);
  const total = aggregate(pod.spec.containers, pod.spec.initContainers ?? [], of);
  if (!options.withoutPodLevel) {
    for (const [name, amount] of Object.entries(pod.spec.resources?.requests ?? {})) {
      if (isPodLevelResource(name)) total[name] = quantity(amount);
    }
  }
  if (!options.withoutOverhead) add(total, toAmounts(pod.spec.overhead));
  return total;
}

/** What the pod may use. The overhead raises only limits that there are. */
export function podLimits(pod: PodAmounts, options: AmountOptions = {}): Amounts {
  const total = aggregate(pod.spec.containers, pod.spec.initContainers ?? [], (container) =>
    toAmounts(container.resources?.limits),
  );
  if (!options.withoutPodLevel) {
    for (const [name, amount] of Object.entries(pod.spec.resources?.limits ?? {})) {
      if (isPodLevelResource(name)) total[name] = quantity(amount);
    }
  }
  if (!options.withoutOverhead) {
    for (const [name, amount] of Object.entries(pod.spec.overhead ?? {})) {
      const limit = total[name];
      if (limit && !limit.isZero()) total[name] = addQuantity(limit, amount);
    }
  }
  return total;
}
