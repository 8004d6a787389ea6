// PodSecurity: pods keep to the standard that their namespace is labelled with (KEP-2579). It refuses to change pods.
// Objects that contain a template are only warned about: it is their pods that are refused.
import { Namespace } from "../../resources/core/namespace.ts";
import { Pod } from "../../resources/core/pod.ts";
import { equalJson } from "../../schema/equality.ts";
import { forbidden, internalError, invalid } from "../../schema/meta/status.ts";
import type { AnyContainer, PodLike } from "./pod-security/check.ts";
import { reasonsText, violations, violationsText } from "./pod-security/evaluate.ts";
import { compareLevels, policyOf, sameStandard, standardText } from "./pod-security/level.ts";
import type { Policy, Standard } from "./pod-security/level.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices, Lookup } from "./plugin.ts";

/** Pods that a change of a namespace's labels is checked against. */
const MOST_PODS = 3000;

/** Subresources of pods that do not write their spec. */
const NO_SPEC = new Set(["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"]);

/** By group and plural: where the template of pods is. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  "/podtemplates": ["template"],
  "/replicationcontrollers": ["spec", "template"],
  "apps/daemonsets": ["spec", "template"],
  "apps/deployments": ["spec", "template"],
  "apps/replicasets": ["spec", "template"],
  "apps/statefulsets": ["spec", "template"],
  "batch/cronjobs": ["spec", "jobTemplate", "spec", "template"],
  "batch/jobs": ["spec", "template"],
};

export const podSecurity: AdmissionPlugin = {
  name: "PodSecurity",

  validate(request, services) {
    const { operation, resource, subresource } = request;
    if (operation !== "create" && operation !== "update") return undefined;
    if (resource.group === "" && resource.kind === "Namespace")
      return subresource === "" ? checkNamespace(request, services) : undefined;
    if (resource.group === "" && resource.kind === "Pod")
      return NO_SPEC.has(subresource) ? undefined : checkPod(request, services);
    const path = TEMPLATES[`${resource.group}/${resource.plural}`];
    return path !== undefined && subresource === "" ? warnOfTemplate(request, path, services) : undefined;
  },
};

/** The labels must mean something, and pods that are there already are reported. */
function checkNamespace(
  { object, old, context, resource, name }: AdmissionRequest,
  { lookup }: AdmissionServices,
): void {
  const { policy, errors } = policyOf((object as Namespace).metadata.labels);
  const before = old && policyOf(old.metadata.labels);
  if (errors.length > 0 && (before === undefined || !equalJson(errors, before.errors))) {
    throw invalid(resource, name, errors);
  }
  if (before === undefined) return;
  const [now, was] = [policy.enforce, before.policy.enforce];
  const relaxed = now.minor === was.minor && compareLevels(now.level, was.level) <= 0;
  if (sameStandard(now, was) || now.level === "privileged" || relaxed) return;
  for (const warning of podWarnings(name, now, lookup.list(Pod, name))) context.warn(warning);
}

/** One line for each set of violations, with the first pod's name and how many others have the same. */
function podWarnings(namespace: string, standard: Standard, pods: readonly Pod[]): readonly string[] {
  const checked = pods.slice(0, MOST_PODS);
  const offenders = new Map<string, string[]>();
  for (const pod of checked) {
    const found = violations(pod, standard);
    if (found.length === 0) continue;
    const reasons = reasonsText(found);
    offenders.set(reasons, [...(offenders.get(reasons) ?? []), pod.metadata.name ?? ""]);
  }
  const warnings: string[] = [];
  if (checked.length < pods.length) {
    const share = `the first ${checked.length} of ${pods.length} existing pods`;
    warnings.push(`new PodSecurity enforce level only checked against ${share}`);
  }
  if (offenders.size > 0) {
    const level = JSON.stringify(standardText(standard));
    warnings.push(
      `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${level}`,
    );
  }
  const lines = [...offenders].map(([reasons, names]) => `${withOthers(names.sort())}: ${reasons}`);
  return [...warnings, ...lines.sort()];
}

function withOthers(names: readonly string[]): string {
  const others = names.length - 1;
  return others === 0 ? names[0]! : `${names[0]} (and ${others} other ${others === 1 ? "pod" : "pods"})`;
}

/** By namespace as it was read. */
const policies = new WeakMap<Namespace, Policy>();

function policyFor(namespace: string, { lookup }: AdmissionServices): Policy | Promise<Policy> {
  const found = lookup.get(Namespace, "", namespace);
  if (found === undefined) return policyRead(namespace, lookup);
  let policy = policies.get(found);
  if (policy === undefined) policies.set(found, (policy = policyOf(found.metadata.labels).policy));
  return policy;
}

async function policyRead(namespace: string, lookup: Lookup): Promise<Policy> {
  const found = await lookup.read(Namespace, "", namespace);
  if (found === undefined) throw internalError(`failed to lookup namespace ${namespace}`);
  return policyOf(found.metadata.labels).policy;
}

const isPrivileged = ({ level }: Standard) => level === "privileged";

function checkPod(request: AdmissionRequest, services: AdmissionServices): void | Promise<void> {
  const policy = policyFor(request.namespace, services);
  return policy instanceof Promise ? policy.then((read) => judgePod(request, read)) : judgePod(request, policy);
}

function judgePod(request: AdmissionRequest, { enforce, warn }: Policy): void {
  const { name, context, resource } = request;
  if (isPrivileged(enforce) && isPrivileged(warn)) return;
  const pod = request.object as Pod;
  if (request.old !== undefined && !changesSecurity(pod, request.old as Pod)) return;
  const found = violations(pod, enforce);
  if (found.length > 0) {
    const why = `violates PodSecurity ${JSON.stringify(standardText(enforce))}: ${violationsText(found)}`;
    throw forbidden({ group: resource.group, resource: resource.plural }, name, why);
  }
  warnOf(pod, warn, context.warn.bind(context));
}

function warnOf(pod: PodLike, standard: Standard, warn: (message: string) => void): void {
  const found = violations(pod, standard);
  if (found.length === 0) return;
  warn(`would violate PodSecurity ${JSON.stringify(standardText(standard))}: ${violationsText(found)}`);
}

async function warnOfTemplate(
  { object, namespace, context }: AdmissionRequest,
  path: readonly string[],
  services: AdmissionServices,
): Promise<void> {
  const { warn } = await policyFor(namespace, services);
  if (isPrivileged(warn)) return;
  const template = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
  const pod = template as Partial<PodLike> | undefined;
  if (pod?.spec !== undefined) warnOf(pod as PodLike, warn, context.warn.bind(context));
}

/** Of what an update may change, only images and new containers can offend. */
function changesSecurity({ spec }: Pod, { spec: was }: Pod): boolean {
  const differ = (now: readonly AnyContainer[] = [], before: readonly AnyContainer[] = []) =>
    now.length !== before.length || now.some(({ image }, i) => image !== before[i]?.image);
  if (differ(spec.containers, was.containers) || differ(spec.initContainers, was.initContainers)) return true;
  return (spec.ephemeralContainers ?? []).some((one) => {
    const before = was.ephemeralContainers?.find(({ name }) => name === one.name);
    return before === undefined || before.image !== one.image;
  });
}
