// The rules of pods and of pod templates, in the order in which upstream's messages come. Lists, and how they meet an object.
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import type { Pod } from "../object.ts";
import { affinity } from "./affinity.ts";
import { containers, ephemeralContainers, imagesWithoutBlanks, initContainers } from "./containers.ts";
import { creation } from "./create.ts";
import { dnsConfig, hostAliases } from "./dns.ts";
import { overhead, podResources, resourceClaims } from "./pod-resources.ts";
import { gates, nodeSelector, tolerations, topologySpread } from "./scheduling.ts";
import { hostUsers, podSecurity } from "./security-context.ts";
import { deadline, hostnameOverride, operatingSystem, preemptionPolicy } from "./spec-fields.ts";
import type { SpecRule } from "./spec-rule.ts";
import { ephemeralUpdate, resize, statusUpdate } from "./subresource-updates.ts";
import { update } from "./update.ts";
import { volumes } from "./volumes.ts";
import { warnings } from "./warnings.ts";

/** Of the spec of a pod or template. */
export const specRules: readonly SpecRule[] = [
  volumes,
  resourceClaims,
  containers,
  initContainers,
  ephemeralContainers,
  podResources,
  nodeSelector,
  podSecurity,
  affinity,
  dnsConfig,
  gates,
  topologySpread,
  hostUsers,
  deadline,
  tolerations,
  hostAliases,
  preemptionPolicy,
  overhead,
  operatingSystem,
  hostnameOverride,
  imagesWithoutBlanks,
  warnings,
];

/** A pod's status says nothing about its spec, and is written often. */
const podSpec: Rule<Pod> = function* ({ spec, metadata }, { old, request }) {
  if (request.subresource === "status") return;
  const context = { path: FieldPath.of("spec"), metadata, old: old?.spec, ofPod: true, request };
  for (const rule of specRules) yield* rule(spec, context);
};

export const podRules: readonly Rule<Pod>[] = [podSpec, creation, update, statusUpdate, ephemeralUpdate, resize];
