// The admission plugins in the order they run: each mutating part in this order, then each validating part in this
// order. Places for what comes later are named, so that the order is decided once (reference: limits of v1.37).
import type { Random } from "../../base/random.ts";
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  clusterTrustBundleAttest,
} from "./certificates.ts";
import { defaultIngressClass } from "./default-ingress-class.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { defaultStorageClass } from "./default-storage-class.ts";
import type { Rules } from "../authorization/rbac.ts";
import { escalation } from "./escalation.ts";
import { mutatingAdmissionPolicy } from "./mutating-admission-policy.ts";
import { mutatingAdmissionWebhook } from "./mutating-admission-webhook.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { limitRanger } from "./limit-ranger.ts";
import { persistentVolumeClaimResize } from "./persistent-volume-claim-resize.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { podSecurity } from "./pod-security.ts";
import { priority } from "./priority.ts";
import { resourceQuota } from "./resource-quota.ts";
import { runtimeClass } from "./runtime-class.ts";
import { serviceAccountAdmission } from "./service-account.ts";
import { storageObjectInUseProtection } from "./storage-object-in-use-protection.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition.ts";
import { validatingAdmissionPolicy } from "./validating-admission-policy.ts";
import { validatingAdmissionWebhook } from "./validating-admission-webhook.ts";
import type { Asking } from "./webhooks/ask.ts";

export const admissionPlugins = (random: Random, rules: Rules, asking: Asking): readonly AdmissionPlugin[] => [
  namespaceLifecycle,
  escalation(rules),
  nodeRestriction,
  limitRanger,
  serviceAccountAdmission(random),
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  persistentVolumeClaimResize,
  runtimeClass,
  certificateApproval,
  certificateSigning,
  clusterTrustBundleAttest,
  certificateSubjectRestriction,
  defaultIngressClass,
  // PodTopologyLabels
  mutatingAdmissionPolicy,
  mutatingAdmissionWebhook(asking),
  validatingAdmissionPolicy,
  validatingAdmissionWebhook(asking),
  resourceQuota(),
];
