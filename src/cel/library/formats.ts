// Kubernetes' named formats as values: `format.dns1123Label().validate(x)`; and semantic versions.
import { formats as known } from "../../base/formats.ts";
import type { FormatName } from "../../base/formats.ts";
import { namespaced, overload } from "../environment.ts";
import type { Overload } from "../environment.ts";
import { EvaluationError } from "../source.ts";
import { OpaqueValue, Optional } from "../values.ts";

const FORMATS: Readonly<Record<string, FormatName | RegExp>> = {
  dns1123Label: "dns1123Label",
  dns1123Subdomain: "dns1123Subdomain",
  dns1035Label: "dns1035Label",
  qualifiedName: "qualifiedName",
  dns1123LabelPrefix: "dns1123Label",
  dns1123SubdomainPrefix: "dns1123Subdomain",
  dns1035LabelPrefix: "dns1035Label",
  labelValue: "labelValue",
  uri: /^(?:[A-Za-z][A-Za-z0-9+.-]*:|\/)/,
  uuid: /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  date: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
  datetime: /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/,
};

type Format = OpaqueValue<string>;
const FORMAT = { kind: "opaque", name: "kubernetes.NamedFormat" } as const;
const SEMVER = { kind: "opaque", name: "kubernetes.Semver" } as const;

const format = (name: string): Format => new OpaqueValue(FORMAT.name, name, name);

function validate({ inner }: Format, text: string): Optional {
  const judge = FORMATS[inner]!;
  const given = inner.endsWith("Prefix") ? text.replace(/-$/, "a") : text;
  const faults = typeof judge === "string" ? known[judge](given) : judge.test(given) ? [] : [`invalid ${inner}`];
  return faults.length === 0 ? Optional.none : Optional.of([...faults]);
}

function named(name: string): Optional {
  return Object.hasOwn(FORMATS, name) ? Optional.of(format(name)) : Optional.none;
}

export const formats: readonly Overload[] = [
  ...Object.keys(FORMATS).map((name) => ({
    ...namespaced(
      `format.${name}`,
      overload("f() F", () => format(name)),
    ),
    result: FORMAT,
  })),
  { ...namespaced("format.named", overload("n(string) optional(A)", named)), result: { kind: "optional", of: FORMAT } },
  {
    ...overload("F.validate(string) optional(list(string))", validate, 1),
    params: [FORMAT, { kind: "simple", name: "string" }],
  },
];

interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: string;
}

type Semver = OpaqueValue<Version>;
const FORM = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** `normalize`: a leading v, and missing or padded numbers, are taken. */
function parseSemver(text: string, normalize: boolean): Version | undefined {
  let given = text;
  if (normalize) {
    const [core = "", ...rest] = text.replace(/^v/, "").split(/(?=[-+])/);
    const numbers = core.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
    given = [...numbers, "0", "0"].slice(0, Math.max(3, numbers.length)).join(".") + rest.join("");
  }
  const found = FORM.exec(given);
  if (found === null) return undefined;
  return { numbers: [BigInt(found[1]!), BigInt(found[2]!), BigInt(found[3]!)], pre: found[4] ?? "" };
}

function compareSemver({ inner: a }: Semver, { inner: b }: Semver): number {
  for (let i = 0; i < 3; i++) if (a.numbers[i] !== b.numbers[i]) return a.numbers[i]! < b.numbers[i]! ? -1 : 1;
  if (a.pre === b.pre) return 0;
  if (a.pre === "" || b.pre === "") return a.pre === "" ? 1 : -1;
  const [x, y] = [a.pre.split("."), b.pre.split(".")];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [left, right] = [x[i], y[i]];
    if (left === right) continue;
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    const [n, m] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (n && m) return BigInt(left) < BigInt(right) ? -1 : 1;
    if (n !== m) return n ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}

function semver(text: string, normalize = false): Semver {
  const found = parseSemver(text, normalize);
  if (found === undefined) throw new EvaluationError(`Semver parse error during conversion from string: ${text}`);
  return new OpaqueValue(SEMVER.name, found, `${found.numbers.join(".")}-${found.pre}`);
}

export const semvers: readonly Overload[] = [
  overload("semver(string) S", (text: string) => semver(text), 0),
  overload("semver(string, bool) S", (text: string, normalize: boolean) => semver(text, normalize), 0),
  overload("isSemver(string) bool", (text: string) => parseSemver(text, false) !== undefined, 0),
  overload(
    "isSemver(string, bool) bool",
    (text: string, normalize: boolean) => parseSemver(text, normalize) !== undefined,
    0,
  ),
  overload("S.major() int", (a: Semver) => a.inner.numbers[0]),
  overload("S.minor() int", (a: Semver) => a.inner.numbers[1]),
  overload("S.patch() int", (a: Semver) => a.inner.numbers[2]),
  overload("S.isGreaterThan(S) bool", (a: Semver, b: Semver) => compareSemver(a, b) > 0),
  overload("S.isLessThan(S) bool", (a: Semver, b: Semver) => compareSemver(a, b) < 0),
  overload("S.compareTo(S) int", (a: Semver, b: Semver) => BigInt(compareSemver(a, b))),
].map((one) => {
  const typed = (type: Overload["result"]): Overload["result"] =>
    type.kind === "parameter" && type.name === "S" ? SEMVER : type;
  return { ...one, params: one.params.map(typed), result: typed(one.result) };
});
