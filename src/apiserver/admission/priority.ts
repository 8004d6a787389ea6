// Priority: a pod's priority number comes from its class (KEP-268), and only one class may be the default.
import { Pod } from "../../resources/core/pod.ts";
import { PodSpec } from "../../resources/core/pod/spec.ts";
import { PriorityClass } from "../../resources/scheduling/priority-class.ts";
import { changedOnce } from "../../schema/derived.ts";
import { forbidden } from "../../schema/meta/status.ts";
import type { AdmissionPlugin, AdmissionServices, Lookup } from "./plugin.ts";

interface Resolved {
  readonly name: string;
  readonly priority: number;
  readonly preemptionPolicy: string;
}

async function resolve(className: string, podName: string, { lookup }: AdmissionServices): Promise<Resolved> {
  if (!className) return byDefault(lookup);
  const found = lookup.get(PriorityClass, "", className) ?? (await lookup.read(PriorityClass, "", className));
  if (!found)
    throw forbidden({ group: "", resource: "pods" }, podName, `no PriorityClass with name ${className} was found`);
  return resolvedBy(found);
}

/** What pods get that name no class, and up to which revision of the classes. */
const defaults = new WeakMap<Lookup, { readonly revision: number; readonly resolved: Resolved }>();

function byDefault(lookup: Lookup): Resolved {
  const revision = lookup.revision(PriorityClass);
  const known = defaults.get(lookup);
  if (known?.revision === revision) return known.resolved;
  // Should two claim to be the default, the smaller value counts.
  const [least] = lookup
    .list(PriorityClass)
    .filter((c) => c.globalDefault)
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0));
  const resolved = least ? resolvedBy(least) : { name: "", priority: 0, preemptionPolicy: "PreemptLowerPriority" };
  defaults.set(lookup, { revision, resolved });
  return resolved;
}

const resolvedBy = (c: PriorityClass): Resolved => ({
  name: c.metadata.name ?? "",
  priority: c.value ?? 0,
  preemptionPolicy: c.preemptionPolicy ?? "PreemptLowerPriority",
});

const withPriority = changedOnce(
  PodSpec,
  (spec: PodSpec, name: string, value: number, preemptionPolicy: string): PodSpec => ({
    ...spec,
    priority: value,
    preemptionPolicy: preemptionPolicy as PodSpec["preemptionPolicy"],
    ...(name && { priorityClassName: name }),
  }),
);

export const priority: AdmissionPlugin = {
  name: "Priority",

  mutate(request, services) {
    const { resource, subresource, operation } = request;
    if (resource.kind !== "Pod" || resource.group !== "" || subresource !== "") return request.object;
    const pod = request.object as Pod;
    if (operation === "update") {
      // A pod keeps what it was given; users who leave it out mean no change.
      const old = request.old as Pod;
      if (
        pod.spec.priority === undefined &&
        old.spec.priority !== undefined &&
        (pod.spec.priorityClassName ?? "") === (old.spec.priorityClassName ?? "")
      )
        return {
          ...pod,
          spec: {
            ...pod.spec,
            priority: old.spec.priority,
            preemptionPolicy: pod.spec.preemptionPolicy ?? old.spec.preemptionPolicy,
          },
        };
      return pod;
    }
    return prioritized(pod, request.name, services);
  },

  validate({ operation, resource, object, name }, { lookup }) {
    if (resource.kind !== "PriorityClass" || (operation !== "create" && operation !== "update")) return;
    if (!(object as PriorityClass).globalDefault) return;
    const other = lookup.list(PriorityClass).find((c) => c.globalDefault && c.metadata.name !== name);
    if (!other) return;
    const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
    throw forbidden({ group: resource.group, resource: resource.plural }, name, why);
  },
};

async function prioritized(pod: Pod, name: string, services: AdmissionServices): Promise<Pod> {
  const found = await resolve(pod.spec.priorityClassName ?? "", name, services);
  const refuse = (what: string, was: unknown, computed: unknown) =>
    forbidden(
      { group: "", resource: "pods" },
      name,
      `the ${what} (${was}) must not be provided in pod spec; ` +
        `priority admission controller computed ${computed} from the given PriorityClass name`,
    );
  if (pod.spec.priority !== undefined && pod.spec.priority !== found.priority)
    throw refuse("integer value of priority", pod.spec.priority, found.priority);
  if (pod.spec.preemptionPolicy !== undefined && pod.spec.preemptionPolicy !== found.preemptionPolicy)
    throw refuse("string value of PreemptionPolicy", pod.spec.preemptionPolicy, found.preemptionPolicy);
  return { ...pod, spec: withPriority(pod.spec, found.name, found.priority, found.preemptionPolicy) };
}
