// The rules about the spec of a pod or of a template, in the order in which upstream's messages come. A list, nothing else.
import { affinity } from "./affinity.ts";
import { annotations } from "./annotations.ts";
import { containers } from "./containers.ts";
import { dnsConfig, hostAliases } from "./dns.ts";
import { ephemeralContainers } from "./ephemeral-containers.ts";
import { imagesWithoutBlanks } from "./images.ts";
import { initContainers } from "./init-containers.ts";
import { overhead, podResources, resourceClaims } from "./pod-resources.ts";
import { gates, nodeSelector, tolerations, topologySpread } from "./scheduling.ts";
import { hostUsers, podSecurity } from "./security-context.ts";
import { deadline, hostnameOverride, operatingSystem, preemptionPolicy } from "./spec-fields.ts";
import type { SpecRule } from "./spec-rule.ts";
import { volumes } from "./volumes.ts";
import { warnings } from "./warnings.ts";

export const specRules: readonly SpecRule[] = [
  annotations,
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
