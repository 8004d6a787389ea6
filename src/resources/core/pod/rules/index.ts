// The rules about the spec of a pod or of a template, in the order in which upstream's messages come. A list, nothing else.
import { affinity } from "./affinity.ts";
import { annotations } from "./annotations.ts";
import { containers } from "./containers.ts";
import { dnsConfig, hostAliases } from "./dns.ts";
import { ephemeralContainers } from "./ephemeral-containers.ts";
import { hostNetworkPorts } from "./host-ports.ts";
import { imagesWithoutBlanks } from "./images.ts";
import { initContainers } from "./init-containers.ts";
import { overhead, podResources, resourceClaims } from "./pod-resources.ts";
import { gates, nodeSelector, tolerations, topologySpread } from "./scheduling.ts";
import { hostUsers, podSecurity } from "./security-context.ts";
import { deadline, fileKeys, hostnameOverride, preemptionPolicy } from "./spec-fields.ts";
import type { SpecRule } from "./spec-rule.ts";
import { volumes } from "./volumes.ts";
import { hostProcesses, operatingSystem } from "./windows.ts";

export const specRules: readonly SpecRule[] = [
  annotations,
  volumes,
  resourceClaims,
  containers,
  initContainers,
  ephemeralContainers,
  podResources,
  hostNetworkPorts,
  nodeSelector,
  podSecurity,
  affinity,
  dnsConfig,
  gates,
  topologySpread,
  hostProcesses,
  hostUsers,
  hostnameOverride,
  deadline,
  tolerations,
  hostAliases,
  preemptionPolicy,
  overhead,
  operatingSystem,
  fileKeys,
  imagesWithoutBlanks,
];
