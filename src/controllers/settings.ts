// What a controller manager can be told, with Kubernetes' defaults. It refuses to read flags and files.

import type { Sign } from "./certificatesigningrequest-signing.ts";

export interface ControllerSettings {
  /** PEM of the authorities that pods trust the API server by; without it nothing is published. */
  readonly rootCa?: string | undefined;
  /** Signs with the cluster's authority; without it no certificate is signed. */
  readonly sign?: Sign | undefined;
  /** Signs lasting tokens of service accounts; without it nobody fills secrets for them. */
  readonly signToken?: ((claims: object) => Promise<string>) | undefined;
  /** The user that may change secrets everywhere. */
  readonly managerUser: string;
  readonly nodeMonitorPeriodMs: number;
  readonly nodeMonitorGraceMs: number;
  readonly nodeStartupGraceMs: number;
  /** Nodes a second that may be tainted NoExecute in a zone. */
  readonly nodeEvictionRate: number;
  readonly terminatedPodThreshold: number;
  readonly autoscalerSyncPeriodMs: number;
}

export const DEFAULT_SETTINGS: ControllerSettings = {
  managerUser: "system:kube-controller-manager",
  nodeMonitorPeriodMs: 5000,
  nodeMonitorGraceMs: 50_000,
  nodeStartupGraceMs: 60_000,
  nodeEvictionRate: 0.1,
  terminatedPodThreshold: 12_500,
  autoscalerSyncPeriodMs: 15_000,
};
