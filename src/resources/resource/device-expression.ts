// Expressions that choose devices: compiled once, and asked of a device as a driver published it. It refuses to allocate.
import { environment } from "../../cel/environment.ts";
import { libraries } from "../../cel/library/index.ts";
import { compile } from "../../cel/program.ts";
import { EvaluationError } from "../../cel/source.ts";
import { BOOL, DYN, STRING, mapOf, opaque } from "../../cel/type.ts";
import type { ObjectType, Type } from "../../cel/type.ts";
import { ObjectValue } from "../../cel/values.ts";
import type { MapValue, Value } from "../../cel/values.ts";
import type { Device, DeviceAttribute } from "./device.ts";

/** Whether a device of this driver is chosen. Throws EvaluationError. */
export type DeviceTest = (driver: string, device: Device) => boolean;

const COST_LIMIT = 1_000_000;
const MOST_KNOWN = 1000;

const FIELDS: Readonly<Record<string, Type>> = {
  driver: STRING,
  allowMultipleAllocations: BOOL,
  attributes: mapOf(STRING, mapOf(STRING, DYN)),
  capacity: mapOf(STRING, mapOf(STRING, opaque("kubernetes.Quantity"))),
};
const DEVICE: ObjectType = {
  kind: "object",
  name: "kubernetes.DRADevice",
  field: (field) => (Object.hasOwn(FIELDS, field) ? { json: field, type: FIELDS[field]! } : undefined),
};
const ENVIRONMENT = environment(libraries, { device: DEVICE });

/** What a text of a library's type becomes: `semver("1.2.3")`. */
function reader(name: string): (text: string) => Value {
  const read = compile(`${name}(text)`, environment(libraries, { text: STRING }));
  return (text) => read.run({ variables: () => text, limit: COST_LIMIT }).value;
}
const semver = reader("semver");
const quantity = reader("quantity");

const known = new Map<string, DeviceTest>();

/** Throws CompileError. */
export function deviceTest(expression: string): DeviceTest {
  const before = known.get(expression);
  if (before) return before;
  const program = compile(expression, ENVIRONMENT);
  const test: DeviceTest = (driver, device) => {
    const value = new DeviceValue(driver, device);
    const { value: answer } = program.run({ variables: () => value, limit: COST_LIMIT });
    if (typeof answer !== "boolean") throw new EvaluationError("CEL result could not be converted to bool");
    return answer;
  };
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(expression, test);
  return test;
}

class DeviceValue extends ObjectValue {
  readonly #driver: string;
  readonly #device: Device;

  constructor(driver: string, device: Device) {
    super(DEVICE, {});
    this.#driver = driver;
    this.#device = device;
  }

  override select(name: string): Value | undefined {
    const { attributes = {}, capacity = {}, allowMultipleAllocations = false } = this.#device;
    switch (name) {
      case "driver":
        return this.#driver;
      case "allowMultipleAllocations":
        return allowMultipleAllocations;
      case "attributes":
        return byDomain(this.#driver, attributes, attributeValue);
      case "capacity":
        return byDomain(this.#driver, capacity, ({ value }) => quantity(value));
      default:
        return undefined;
    }
  }
}

function attributeValue({ int, bool, string, version }: DeviceAttribute): Value {
  if (int !== undefined) return BigInt(int);
  if (bool !== undefined) return bool;
  if (string !== undefined) return string;
  if (version !== undefined) return semver(version);
  throw new EvaluationError("unsupported attribute value");
}

/** Names without a domain are the driver's own. Asking for a domain that is not there gives a map without anything. */
function byDomain<T>(driver: string, members: Readonly<Record<string, T>>, read: (member: T) => Value): MapValue {
  const domains = new Map<string, Map<string, Value>>();
  for (const [name, member] of Object.entries(members)) {
    const slash = name.indexOf("/");
    const domain = slash < 0 ? driver : name.slice(0, slash);
    const inner = domains.get(domain) ?? new Map<string, Value>();
    domains.set(domain, inner.set(name.slice(slash + 1), read(member)));
  }
  const none = mapValue(new Map(), undefined);
  return mapValue(new Map([...domains].map(([domain, inner]) => [domain, mapValue(inner, undefined)])), none);
}

const mapValue = (members: ReadonlyMap<string, Value>, otherwise: Value | undefined): MapValue => ({
  isMap: true,
  get: (key) => (typeof key === "string" ? members.get(key) : undefined) ?? otherwise,
  keys: () => [...members.keys()],
  size: members.size,
});
