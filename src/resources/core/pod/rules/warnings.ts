// What is allowed but surely not meant: warnings, with upstream's words and in its order. It refuses nothing.
import { formats } from "../../../../base/formats.ts";
import { canonicalQuantity, quantityMilliValue } from "../../../../base/quantity.ts";
import { workedOutOnce } from "../../../../schema/derived.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { KubeObject, Rule } from "../../../../schema/resource.ts";
import { addressWarnings } from "../../../addresses.ts";
import { deprecatedLabel, nodeTermWarnings } from "../../../node-labels.ts";
import type { PodTemplateSpec } from "../../pod-template-spec.ts";
import type { Container } from "../container.ts";
import type { Pod } from "../object.ts";
import { PodSpec } from "../spec.ts";
import { APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD, speakOfSpec } from "./annotations.ts";
import { containersOf } from "./spec-rule.ts";
import { volumeWarnings } from "./volume-warnings.ts";

type Annotations = Readonly<Record<string, string>>;

const OLD_ANNOTATIONS: readonly (readonly [key: string, said: string])[] = [
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
];
const SECCOMP_FIELD = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const NULL_SELECTOR = "a null labelSelector results in matching no pod";
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

function* placeWarnings(spec: PodSpec, path: FieldPath): Generator<string> {
  for (const key of Object.keys(spec.nodeSelector ?? {}).sort()) {
    const said = deprecatedLabel(key);
    if (said !== undefined) yield `${path.child("nodeSelector").key(key)}: ${said}`;
  }
  const affinity = path.child("affinity", "nodeAffinity");
  const { [REQUIRED]: required, [PREFERRED]: preferred = [] } = spec.affinity?.nodeAffinity ?? {};
  for (const [i, term] of (required?.nodeSelectorTerms ?? []).entries()) {
    yield* nodeTermWarnings(term, affinity.child(REQUIRED, "nodeSelectorTerms").index(i));
  }
  for (const [i, { preference }] of preferred.entries()) {
    yield* nodeTermWarnings(preference, affinity.child(PREFERRED).index(i).child("preference"), true);
  }
  for (const [i, { topologyKey, labelSelector }] of (spec.topologySpreadConstraints ?? []).entries()) {
    const at = path.child("topologySpreadConstraints").index(i);
    const said = deprecatedLabel(topologyKey);
    if (said !== undefined) yield `${at.child("topologyKey")}: ${topologyKey} is ${said}`;
    if (!labelSelector) yield `${at.child("labelSelector")}: ${NULL_SELECTOR}`;
  }
}

/** What stands in a list twice, by one field. */
function* duplicates(values: readonly string[], said: string, at: (index: number) => FieldPath): Generator<string> {
  for (const [i, value] of values.entries()) {
    if (values.indexOf(value) < i) yield `${at(i)}: duplicate ${said} ${JSON.stringify(value)}`;
  }
}

function* nameWarnings({ dnsConfig, hostAliases = [], imagePullSecrets = [] }: PodSpec, path: FieldPath) {
  for (const [i, address] of (dnsConfig?.nameservers ?? []).entries()) {
    yield* addressWarnings(path.child("dnsConfig", "nameservers").index(i), address);
  }
  const alias = (i: number) => path.child("hostAliases").index(i).child("ip");
  yield* duplicates(
    hostAliases.map(({ ip }) => ip),
    "ip",
    alias,
  );
  for (const [i, { ip }] of hostAliases.entries()) yield* addressWarnings(alias(i), ip);
  const secret = (i: number) => path.child("imagePullSecrets").index(i).child("name");
  yield* duplicates(
    imagePullSecrets.map(({ name = "" }) => name),
    "name",
    secret,
  );
  for (const [i, { name }] of imagePullSecrets.entries()) if (!name) yield `${secret(i)}: invalid empty name ""`;
}

function* fraction(amount: string | undefined, at: FieldPath): Generator<string> {
  if (amount === undefined || quantityMilliValue(amount) % 1000 === 0) return;
  yield `${at}: fractional byte value ${JSON.stringify(canonicalQuantity(amount))} is invalid, must be an integer`;
}

function* envWarnings({ env = [] }: Container, path: FieldPath): Generator<string> {
  const names = new Set<string>();
  for (const [i, { name, value = "", valueFrom }] of env.entries()) {
    const reference = `$(${name})`;
    // A later variable may well be made of the earlier one of its name.
    if (names.has(name) && (valueFrom || value === reference || !value.includes(reference))) {
      const why = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
      yield `${path.child("env").index(i)}: ${why}`;
    }
    names.add(name);
  }
}

interface Place {
  readonly spec: PodSpec;
  readonly annotations: Annotations;
  /** Where the annotations stand. */
  readonly notes: FieldPath;
  readonly ofPod: boolean;
}

function* containerWarnings(container: Container, at: FieldPath, place: Place): Generator<string> {
  const { spec, annotations, notes, ofPod } = place;
  const seccomp = SECCOMP_CONTAINER + container.name;
  if (!container.securityContext?.seccompProfile && annotations[seccomp] !== undefined) {
    yield `${notes.key(seccomp)}: ${SECCOMP_FIELD}`;
  }
  const armored = spec.securityContext?.appArmorProfile ?? container.securityContext?.appArmorProfile;
  if (!ofPod && !armored && annotations[APP_ARMOR + container.name] !== undefined) {
    yield `${notes.key(APP_ARMOR + container.name)}: ${OLD_APP_ARMOR}`;
  }
  for (const name of ["memory", "ephemeral-storage"]) {
    for (const field of ["limits", "requests"] as const) {
      yield* fraction(container.resources?.[field]?.[name], at.child("resources", field).key(name));
    }
  }
  yield* envWarnings(container, at);
}

const OLD_APP_ARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead';

type Port = NonNullable<Container["ports"]>[number];

/** As Go prints it. */
const shownPort = ({ name = "", hostPort = 0, containerPort, protocol, hostIP = "" }: Port) =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;

function clash(port: Port, other: Port): string | undefined {
  const [ip, otherIP] = [port.hostIP ?? "", other.hostIP ?? ""];
  const [number, otherNumber] = [port.hostPort ?? 0, other.hostPort ?? 0];
  if (ip === otherIP && number === otherNumber) return "duplicate";
  if (number === 0 || otherNumber === 0) return "overlapping";
  return number === otherNumber && (ip === "") !== (otherIP === "") ? "dangerously ambiguous" : undefined;
}

function* portWarnings(spec: PodSpec, path: FieldPath): Generator<string> {
  const seen = new Map<string, { readonly at: FieldPath; readonly port: Port }[]>();
  for (const { container, at } of containersOf(spec, path)) {
    for (const [i, port] of (container.ports ?? []).entries()) {
      const here = at.child("ports").index(i);
      if (port.hostIP && !port.hostPort) yield `${here}: hostIP set without hostPort: ${shownPort(port)}`;
      const key = `${port.containerPort}/${port.protocol}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const how = clash(port, other.port);
        if (how !== undefined) yield `${here}: ${how} port definition with ${other.at}`;
      }
      seen.set(key, [...others, { at: here, port }]);
    }
  }
}

/** Names of ports are looked up in all containers that keep running; the first one wins. */
function* portNameWarnings(spec: PodSpec, path: FieldPath): Generator<string> {
  const first = new Map<string, { readonly at: FieldPath; readonly container: Container }>();
  for (const { container, at } of containersOf(spec, path)) {
    const [start] = String(at).slice(String(path).length).split("[");
    if (start?.includes("ephemeral") || (start?.includes("init") && container.restartPolicy !== "Always")) continue;
    for (const [i, { name }] of (container.ports ?? []).entries()) {
      if (!name) continue;
      const here = at.child("ports").index(i);
      const other = first.get(name);
      if (!other) first.set(name, { at: here, container });
      else if (other.container !== container) {
        const why = `services and probes that select ports by name will use ${other.at}`;
        yield `${here}: duplicate port name ${JSON.stringify(name)} with ${other.at}, ${why}`;
      }
    }
  }
}

function* podAffinityWarnings(spec: PodSpec, path: FieldPath): Generator<string> {
  for (const field of ["podAffinity", "podAntiAffinity"] as const) {
    const { [REQUIRED]: required = [], [PREFERRED]: preferred = [] } = spec.affinity?.[field] ?? {};
    const at = path.child("affinity", field);
    for (const [i, { labelSelector }] of required.entries()) {
      if (!labelSelector) yield `${at.child(REQUIRED).index(i).child("labelSelector")}: ${NULL_SELECTOR}`;
    }
    for (const [i, { podAffinityTerm }] of preferred.entries()) {
      if (podAffinityTerm.labelSelector) continue;
      yield `${at.child(PREFERRED).index(i).child("podAffinityTerm", "labelSelector")}: ${NULL_SELECTOR}`;
    }
  }
}

/** About a spec at `path`, of a pod or of a template whose annotations stand at `notes`. */
function* specWarnings(place: Place, path: FieldPath): Generator<string> {
  const { spec, annotations, notes } = place;
  yield* placeWarnings(spec, path);
  for (const [key, said] of OLD_ANNOTATIONS) {
    if (annotations[key] !== undefined) yield `${notes.key(key)}: ${said}`;
  }
  yield* volumeWarnings(spec.volumes ?? [], path.child("volumes"));
  yield* nameWarnings(spec, path);
  for (const name of ["memory", "ephemeral-storage"]) {
    yield* fraction(spec.overhead?.[name], path.child("overhead").key(name));
  }
  if (!spec.securityContext?.seccompProfile && annotations[SECCOMP_POD] !== undefined) {
    yield `${notes.key(SECCOMP_POD)}: ${SECCOMP_FIELD}`;
  }
  for (const { container, at } of containersOf(spec, path)) yield* containerWarnings(container, at, place);
  yield* portWarnings(spec, path);
  yield* portNameWarnings(spec, path);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const why = "must be >= 0; negative values are invalid and will be treated as 1";
    yield `${path.child("terminationGracePeriodSeconds")}: ${why}`;
  }
  yield* podAffinityWarnings(spec, path);
}

const SPEC = FieldPath.of("spec");
const NOTES = FieldPath.of("metadata", "annotations");

/** Of a spec that nothing in the pod's annotations is about. */
const warningsAlone = workedOutOnce(PodSpec, (spec: PodSpec): readonly string[] => [
  ...specWarnings({ spec, annotations: {}, notes: NOTES, ofPod: true }, SPEC),
]);

/** A name that becomes host names should be one label. `where` says whose. */
export function* labelNameWarnings(name: string | undefined, where: string): Generator<string> {
  const faults = formats.dns1123Label(name ?? "");
  if (faults.length === 0) return;
  const what = `metadata.name: this is used in ${where}, which can result in surprising behavior`;
  yield `${what}; a DNS label is recommended: [${faults.join(" ")}]`;
}

/** Pods are made by people once; later writes are those of components. */
export const podWarnings: Rule<Pod> = function* ({ spec, metadata }, { old }) {
  if (old) return;
  const annotations = metadata.annotations ?? {};
  const notes = NOTES;
  if (!speakOfSpec(annotations)) {
    yield* labelNameWarnings(metadata.name, "the Pod's hostname");
    yield* warningsAlone(spec);
    return;
  }
  for (const { container } of containersOf(spec, FieldPath.root)) {
    const key = APP_ARMOR + container.name;
    if (annotations[key] !== undefined) yield `${notes.key(key)}: ${OLD_APP_ARMOR}`;
  }
  yield* labelNameWarnings(metadata.name, "the Pod's hostname");
  yield* specWarnings({ spec, annotations, notes, ofPod: true }, SPEC);
};

/** About a template at `path`. */
export function* templateWarnings(template: PodTemplateSpec | undefined, path: FieldPath): Generator<string> {
  if (!template) return;
  const annotations = template.metadata?.annotations ?? {};
  const notes = path.child("metadata", "annotations");
  yield* specWarnings({ spec: template.spec, annotations, notes, ofPod: false }, path.child("spec"));
}

/** Whether a write is one to warn about: a new object, or one that wishes for something else than before. */
export const wishesAnew = (now: KubeObject, old: KubeObject | undefined): boolean =>
  old === undefined || now.metadata.generation !== old.metadata.generation;
