// Which devices a pod's claims get on a node: the first way that satisfies all of them, looked for one device after the
// other with steps back. Pure. It refuses to remember what it found.
import type { Node } from "../../resources/core/node.ts";
import type { NodeSelector, NodeSelectorRequirement } from "../../resources/core/pod/affinity.ts";
import type { DeviceClass } from "../../resources/resource/device-class.ts";
import type { DeviceConstraint, DeviceSelector, DeviceToleration } from "../../resources/resource/device-claim.ts";
import { deviceTest } from "../../resources/resource/device-expression.ts";
import type { DeviceTaintRule } from "../../resources/resource/device-taint-rule.ts";
import type { Device, DeviceAttribute } from "../../resources/resource/device.ts";
import type {
  AllocationResult,
  DeviceAllocationConfiguration,
  ResourceClaim,
} from "../../resources/resource/resource-claim.ts";
import { keyOf } from "../../client/client.ts";
import { countersHold, devicesAt } from "./pools.ts";
import type { PlacedDevice, Pool } from "./pools.ts";

export interface Supply {
  readonly pools: readonly Pool[];
  readonly classes: ReadonlyMap<string, DeviceClass>;
  readonly rules: readonly DeviceTaintRule[];
  /** Ids of devices that claims have. */
  readonly taken: ReadonlySet<string>;
}

/** Something is wrong with a claim or a class, whatever the node. */
export class AllocationError extends Error {
  override readonly name = "AllocationError";
}

/** So many devices fit into a claim's status. */
const MOST_RESULTS = 32;

/** A request, or one of its alternatives. */
interface Wanted {
  /** `request`, or `request/alternative`. */
  readonly name: string;
  readonly parent: string;
  readonly class: DeviceClass;
  readonly selectors: readonly DeviceSelector[];
  readonly tolerations: readonly DeviceToleration[];
  readonly adminAccess: boolean | undefined;
  /** All devices that fit. */
  readonly all: boolean;
  readonly count: number;
}

interface Chosen {
  readonly wanted: Wanted;
  readonly placed: PlacedDevice;
}

/** One result for each claim; undefined when they cannot all be had here. Throws {@link AllocationError}. */
export function allocate(
  claims: readonly ResourceClaim[],
  node: Node,
  supply: Supply,
): readonly AllocationResult[] | undefined {
  return new Search(claims, node, supply).run();
}

class Search {
  readonly #claims: readonly ResourceClaim[];
  readonly #supply: Supply;
  /** Pools with devices in reach of the node, as they are. */
  readonly #pools: readonly { readonly pool: Pool; readonly devices: readonly PlacedDevice[] }[];
  readonly #choices: readonly (readonly (readonly Wanted[])[])[];
  /** What is chosen so far, claim by claim. */
  readonly #chosen: Chosen[][];
  readonly #using = new Map<string, Set<number>>();
  readonly #fits = new Map<Wanted, Map<string, boolean>>();

  constructor(claims: readonly ResourceClaim[], node: Node, supply: Supply) {
    this.#claims = claims;
    this.#supply = supply;
    const pools = supply.pools.flatMap((pool) => {
      const devices = devicesAt(pool, node, supply.rules);
      return devices ? [{ pool, devices }] : [];
    });
    // Devices that have to be made ready first are taken last.
    const isSlow = ({ devices }: (typeof pools)[number]) =>
      devices.some(({ device }) => device.bindingConditions?.length);
    this.#pools = [...pools.filter((one) => !isSlow(one)), ...pools.filter(isSlow)];
    this.#choices = claims.map((claim) => choicesOf(claim, supply.classes));
    this.#chosen = claims.map(() => []);
  }

  run(): readonly AllocationResult[] | undefined {
    this.#mustKnowAll();
    if (this.#request(0, 0))
      return this.#claims.map((claim, i) => resultOf(claim, this.#choices[i]!, this.#chosen[i]!));
    return undefined;
  }

  /** Who wants all devices must know them all. */
  #mustKnowAll(): void {
    for (const [i, requests] of this.#choices.entries()) {
      for (const wanted of requests.flat().filter(({ all }) => all)) {
        for (const { pool } of this.#pools) {
          const what = `claim ${keyOf(this.#claims[i]!)}, request ${wanted.name.slice(wanted.name.indexOf("/") + 1)}`;
          const which = `asks for all devices, but resource pool ${pool.driver}/${pool.name} is currently`;
          if (!pool.isComplete) throw new AllocationError(`${what}: ${which} being updated`);
          if (pool.isInvalid) throw new AllocationError(`${what}: ${which} invalid`);
        }
      }
    }
  }

  #request(claim: number, request: number): boolean {
    if (claim === this.#claims.length) return true;
    const alternatives = this.#choices[claim]![request];
    if (!alternatives) return this.#request(claim + 1, 0);
    return alternatives.some((wanted) => {
      if (wanted.all) return this.#all(claim, request, wanted);
      return this.#some(claim, request, wanted, wanted.count);
    });
  }

  #all(claim: number, request: number, wanted: Wanted): boolean {
    const devices = this.#pools.flatMap((one) => one.devices).filter((placed) => this.#fitsIn(claim, wanted, placed));
    if (devices.length === 0 || devices.length + this.#chosen[claim]!.length > MOST_RESULTS) return false;
    const taken: PlacedDevice[] = [];
    for (const placed of devices) {
      if (!this.#take(claim, wanted, placed)) break;
      taken.push(placed);
    }
    if (taken.length === devices.length && this.#request(claim, request + 1)) return true;
    for (const placed of taken.toReversed()) this.#giveBack(claim, placed);
    return false;
  }

  #some(claim: number, request: number, wanted: Wanted, left: number): boolean {
    if (left === 0) return this.#request(claim, request + 1);
    if (left + this.#chosen[claim]!.length > MOST_RESULTS) return false;
    for (const { pool, devices } of this.#pools) {
      if (!pool.isComplete || pool.isInvalid) continue;
      for (const placed of devices) {
        if (this.#isBusy(claim, wanted, placed) || !this.#fitsIn(claim, wanted, placed)) continue;
        if (!this.#take(claim, wanted, placed)) continue;
        if (this.#some(claim, request, wanted, left - 1)) return true;
        this.#giveBack(claim, placed);
      }
    }
    return false;
  }

  /** Who only watches over a device shares it with anybody but itself. */
  #isBusy(claim: number, { adminAccess }: Wanted, { id }: PlacedDevice): boolean {
    const using = this.#using.get(id);
    if (adminAccess) return using?.has(claim) === true;
    return this.#supply.taken.has(id) || (using !== undefined && using.size > 0);
  }

  #take(claim: number, wanted: Wanted, placed: PlacedDevice): boolean {
    if (this.#isBusy(claim, wanted, placed)) return false;
    if (isRepelled(placed.device, wanted)) return false;
    const chosen = [...this.#chosen[claim]!, { wanted, placed }];
    const constraints = this.#claims[claim]!.spec.devices.constraints ?? [];
    if (!constraints.every((constraint) => constraintHolds(constraint, chosen))) return false;
    const using = this.#using.get(placed.id) ?? new Set<number>();
    this.#using.set(placed.id, using.add(claim));
    this.#chosen[claim]!.push({ wanted, placed });
    const isTaken = (id: string) => this.#supply.taken.has(id) || (this.#using.get(id)?.size ?? 0) > 0;
    if (!placed.device.consumesCounters?.length || countersHold(placed.pool, isTaken)) return true;
    this.#giveBack(claim, placed);
    return false;
  }

  /** The last that was taken. */
  #giveBack(claim: number, { id }: PlacedDevice): void {
    this.#chosen[claim]!.pop();
    this.#using.get(id)?.delete(claim);
  }

  #fitsIn(claim: number, wanted: Wanted, { id, driver, device }: PlacedDevice): boolean {
    const known = this.#fits.get(wanted) ?? new Map<string, boolean>();
    this.#fits.set(wanted, known);
    const before = known.get(id);
    if (before !== undefined) return before;
    const name = wanted.class.metadata.name ?? "";
    const fits =
      chosenBy(wanted.class.spec.selectors ?? [], `class ${name}`, { id, driver, device }) &&
      chosenBy(wanted.selectors, `claim ${keyOf(this.#claims[claim]!)}`, { id, driver, device });
    known.set(id, fits);
    return fits;
  }
}

function chosenBy(
  selectors: readonly DeviceSelector[],
  whose: string,
  { id, driver, device }: { readonly id: string; readonly driver: string; readonly device: Device },
): boolean {
  return selectors.every(({ cel }, i) => {
    let test: ReturnType<typeof deviceTest>;
    try {
      test = deviceTest(cel?.expression ?? "");
    } catch (error) {
      throw new AllocationError(`${whose}: selector #${i}: CEL compile error: ${textOf(error)}`, { cause: error });
    }
    try {
      return test(driver, device);
    } catch (error) {
      const what = `${whose}: selector #${i} on device ${id}: CEL runtime error: ${textOf(error)}`;
      throw new AllocationError(what, { cause: error });
    }
  });
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** For each request its alternatives, the best first; a plain request has one. */
function choicesOf(claim: ResourceClaim, classes: Supply["classes"]): readonly (readonly Wanted[])[] {
  return (claim.spec.devices.requests ?? []).map(({ name, exactly, firstAvailable }) => {
    const asked = exactly ? [{ ...exactly, name: "" }] : (firstAvailable ?? []);
    return asked.map((one): Wanted => {
      const deviceClass = classes.get(one.deviceClassName);
      if (!deviceClass)
        throw new AllocationError(
          `claim ${keyOf(claim)}, request ${one.name || name}: could not retrieve device class ${one.deviceClassName}`,
        );
      return {
        name: one.name ? `${name}/${one.name}` : name,
        parent: name,
        class: deviceClass,
        selectors: one.selectors ?? [],
        tolerations: one.tolerations ?? [],
        adminAccess: exactly?.adminAccess,
        all: one.allocationMode === "All",
        count: one.count ?? 1,
      };
    });
  });
}

function isRepelled({ taints = [] }: Device, { tolerations }: Wanted): boolean {
  return taints.some((taint) => {
    if (taint.effect !== "NoSchedule" && taint.effect !== "NoExecute") return false;
    return !tolerations.some(
      ({ key = "", operator = "Equal", value = "", effect = "" }) =>
        (effect === "" || effect === taint.effect) &&
        (key === "" || key === taint.key) &&
        (operator === "Exists" || (operator === "Equal" && value === (taint.value ?? ""))),
    );
  });
}

function constraintHolds(
  { requests, matchAttribute, distinctAttribute }: DeviceConstraint,
  chosen: readonly Chosen[],
): boolean {
  const concerned = chosen.filter(
    ({ wanted }) => !requests?.length || requests.includes(wanted.name) || requests.includes(wanted.parent),
  );
  const name = matchAttribute ?? distinctAttribute;
  if (name === undefined) return false;
  const texts = concerned.map(({ placed }) => attributeText(placed, name));
  if (texts.includes(undefined)) return false;
  const different = new Set(texts).size;
  return matchAttribute !== undefined ? different <= 1 : different === texts.length;
}

/** The attribute's type and value; names of the driver's own domain may be short. */
function attributeText({ driver, device: { attributes = {} } }: PlacedDevice, name: string): string | undefined {
  const slash = name.indexOf("/");
  const own = slash >= 0 && name.slice(0, slash) === driver ? attributes[name.slice(slash + 1)] : undefined;
  const found: DeviceAttribute | undefined = attributes[name] ?? own;
  return found && JSON.stringify([found.int, found.bool, found.string, found.version]);
}

function resultOf(
  claim: ResourceClaim,
  choices: readonly (readonly Wanted[])[],
  chosen: readonly Chosen[],
): AllocationResult {
  const results = chosen.map(({ wanted, placed: { driver, pool, device } }) => ({
    request: wanted.name,
    driver,
    pool: pool.name,
    device: device.name,
    ...(wanted.adminAccess && { adminAccess: true }),
    ...(wanted.tolerations.length > 0 && { tolerations: wanted.tolerations }),
    ...(device.bindingConditions?.length && { bindingConditions: device.bindingConditions }),
    ...(device.bindingFailureConditions?.length && { bindingFailureConditions: device.bindingFailureConditions }),
  }));
  const selected = choices.map(
    (alternatives) => alternatives.find((one) => chosen.some(({ wanted }) => wanted === one)) ?? alternatives[0]!,
  );
  const config = configOf(claim, selected);
  const nodeSelector = selectorOf(chosen);
  return {
    devices: { results, ...(config.length > 0 && { config }) },
    ...(nodeSelector && { nodeSelector }),
  };
}

/** Classes first, each once for all requests that are of it, then the claim's own. */
function configOf(claim: ResourceClaim, selected: readonly Wanted[]): readonly DeviceAllocationConfiguration[] {
  const found: DeviceAllocationConfiguration[] = [];
  for (const deviceClass of new Set(selected.map((one) => one.class))) {
    const requests = selected.filter((one) => one.class === deviceClass).map(({ name }) => name);
    for (const { opaque } of deviceClass.spec.config ?? [])
      found.push({ source: "FromClass", requests, ...(opaque && { opaque }) });
  }
  for (const { requests = [], opaque } of claim.spec.devices.config ?? []) {
    if (
      requests.length > 0 &&
      !selected.some(({ name, parent }) => requests.includes(name) || requests.includes(parent))
    )
      continue;
    found.push({ source: "FromClaim", requests, ...(opaque && { opaque }) });
  }
  return found.map(({ requests = [], ...rest }) => {
    const isForAll = selected.every(({ name, parent }) => requests.includes(name) || requests.includes(parent));
    return requests.length === 0 || isForAll ? rest : { ...rest, requests };
  });
}

/** The nodes where all the devices can be used; undefined: everywhere. */
function selectorOf(chosen: readonly Chosen[]): NodeSelector | undefined {
  const fields: NodeSelectorRequirement[] = [];
  const expressions: NodeSelectorRequirement[] = [];
  const add = (to: NodeSelectorRequirement[], more: readonly NodeSelectorRequirement[] = []) => {
    for (const one of more) if (!to.some((other) => sameRequirement(one, other))) to.push(one);
  };
  for (const { placed } of chosen) {
    const place = placed.slice.spec.perDeviceNodeSelection ? placed.device : placed.slice.spec;
    if (place.nodeName) {
      const matchFields = [{ key: "metadata.name", operator: "In" as const, values: [place.nodeName] }];
      return { nodeSelectorTerms: [{ matchFields }] };
    }
    const [term] = place.nodeSelector?.nodeSelectorTerms ?? [];
    add(fields, term?.matchFields);
    add(expressions, term?.matchExpressions);
  }
  if (fields.length + expressions.length === 0) return undefined;
  const term = {
    ...(expressions.length > 0 && { matchExpressions: expressions }),
    ...(fields.length > 0 && { matchFields: fields }),
  };
  return { nodeSelectorTerms: [term] };
}

const sameRequirement = (a: NodeSelectorRequirement, b: NodeSelectorRequirement): boolean =>
  a.key === b.key &&
  a.operator === b.operator &&
  JSON.stringify([...new Set(a.values)].sort()) === JSON.stringify([...new Set(b.values)].sort());
