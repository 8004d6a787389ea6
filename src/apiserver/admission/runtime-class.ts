// RuntimeClass: a pod bears the overhead, and goes to the nodes, of the class that it names (KEP-585, KEP-688).
import { compareQuantity } from "../../base/quantity.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { Toleration } from "../../resources/core/pod/scheduling.ts";
import { RuntimeClass } from "../../resources/node/runtime-class.ts";
import { equalJson } from "../../schema/equality.ts";
import { forbidden } from "../../schema/meta/status.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";

const concerns = ({ operation, resource, subresource }: AdmissionRequest) =>
  operation === "create" && resource.group === "" && resource.kind === "Pod" && subresource === "";

const refusal = (name: string, why: string) => forbidden({ group: "", resource: "pods" }, name, why);

async function classOf(pod: Pod, name: string, { lookup }: AdmissionServices): Promise<RuntimeClass | undefined> {
  const wanted = pod.spec.runtimeClassName;
  if (wanted === undefined) return undefined;
  const found = lookup.get(RuntimeClass, "", wanted) ?? (await lookup.read(RuntimeClass, "", wanted));
  if (found === undefined) throw refusal(name, `pod rejected: RuntimeClass "${wanted}" not found`);
  return found;
}

export const runtimeClass: AdmissionPlugin = {
  name: "RuntimeClass",

  mutate(request, services) {
    if (!concerns(request)) return request.object;
    const pod = request.object as Pod;
    return pod.spec.runtimeClassName === undefined ? pod : ofItsClass(pod, request, services);
  },

  validate(request, services) {
    if (!concerns(request)) return undefined;
    const { runtimeClassName, overhead } = (request.object as Pod).spec;
    return runtimeClassName === undefined && overhead === undefined ? undefined : checkOverhead(request, services);
  },
};

async function ofItsClass(pod: Pod, { name }: AdmissionRequest, services: AdmissionServices): Promise<Pod> {
  const found = await classOf(pod, name, services);
  return found === undefined ? pod : onItsNodes(withOverhead(pod, found, name), found, name);
}

async function checkOverhead({ object, name }: AdmissionRequest, services: AdmissionServices): Promise<void> {
  const { spec } = object as Pod;
  const found = await classOf(object as Pod, name, services);
  const overhead = Object.keys(spec.overhead ?? {}).length > 0;
  if (overhead && found?.overhead === undefined)
    throw refusal(name, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
}

function withOverhead(pod: Pod, { overhead }: RuntimeClass, name: string): Pod {
  if (overhead === undefined) return pod;
  const fixed = overhead.podFixed ?? {};
  const own = pod.spec.overhead ?? {};
  const names = Object.keys(fixed);
  const same =
    Object.keys(own).length === names.length &&
    names.every((one) => own[one] !== undefined && compareQuantity(own[one], fixed[one]!) === 0);
  if (Object.keys(own).length > 0 && !same)
    throw refusal(name, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  return { ...pod, spec: { ...pod.spec, overhead: fixed } };
}

function onItsNodes(pod: Pod, { scheduling }: RuntimeClass, name: string): Pod {
  if (scheduling === undefined) return pod;
  const { nodeSelector = {}, tolerations = [] } = scheduling;
  const own = pod.spec.nodeSelector ?? {};
  for (const [key, value] of Object.entries(nodeSelector)) {
    if (own[key] === undefined || own[key] === value) continue;
    const where = `[${key}] = `;
    const conflict = `runtimeClass.scheduling.nodeSelector${where}${value}; pod.spec.nodeSelector${where}${own[key]}`;
    throw refusal(name, `conflict: ${conflict}`);
  }
  const present = pod.spec.tolerations ?? [];
  const added = tolerations.filter((one: Toleration) => !present.some((other) => equalJson(other, one)));
  const selector = { ...own, ...nodeSelector };
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(Object.keys(selector).length > 0 && { nodeSelector: selector }),
      ...(added.length > 0 && { tolerations: [...present, ...added] }),
    },
  };
}
