// All controllers, in the order of the usual list. A list, nothing else.
import type { Controller, Loop } from "../reconcile/controller.ts";
import { certificateSigningRequestApproving } from "./certificatesigningrequest-approving.ts";
import { certificateSigningRequestCleaner } from "./certificatesigningrequest-cleaner.ts";
import { certificateSigningRequestSigning } from "./certificatesigningrequest-signing.ts";
import { clusterRoleAggregation } from "./clusterrole-aggregation.ts";
import { cronJob } from "./cronjob.ts";
import { daemonSet } from "./daemonset.ts";
import { deployment } from "./deployment.ts";
import { disruption } from "./disruption.ts";
import { endpoints } from "./endpoints.ts";
import { endpointSlice } from "./endpointslice.ts";
import { endpointSliceMirroring } from "./endpointslicemirroring.ts";
import { ephemeralVolume } from "./ephemeral-volume.ts";
import { garbageCollector } from "./garbage-collector.ts";
import { horizontalPodAutoscaler } from "./horizontalpodautoscaler.ts";
import { job } from "./job.ts";
import { namespaceDeletion } from "./namespace.ts";
import { nodeLifecycle } from "./node-lifecycle.ts";
import { nodeTtl } from "./node-ttl.ts";
import { persistentVolumeBinder } from "./persistentvolume-binder.ts";
import { persistentVolumeProtection } from "./persistentvolume-protection.ts";
import { persistentVolume } from "./persistentvolume.ts";
import { persistentVolumeClaimProtection } from "./persistentvolumeclaim-protection.ts";
import { podGarbageCollector } from "./pod-garbage-collector.ts";
import { replicaSet } from "./replicaset.ts";
import { replicationController } from "./replicationcontroller.ts";
import { resourceClaimPods } from "./resourceclaim-pods.ts";
import { resourceClaim } from "./resourceclaim.ts";
import { resourceQuota } from "./resourcequota.ts";
import { rootCaPublisher } from "./root-ca-publisher.ts";
import { serviceCidr } from "./service-cidr.ts";
import { serviceAccountTokens } from "./serviceaccount-token.ts";
import { serviceAccount } from "./serviceaccount.ts";
import type { ControllerSettings } from "./settings.ts";
import { statefulSet } from "./statefulset.ts";
import { taintEviction } from "./taint-eviction.ts";
import { ttlAfterFinished } from "./ttl-after-finished.ts";
import { validatingAdmissionPolicyStatus } from "./validatingadmissionpolicy-status.ts";
import { volumeAttributesClassProtection } from "./volumeattributesclass-protection.ts";

export const controllers = (settings: ControllerSettings): readonly (Controller | Loop)[] => [
  endpoints,
  endpointSlice,
  endpointSliceMirroring,
  replicationController,
  podGarbageCollector({ terminatedThreshold: settings.terminatedPodThreshold }),
  resourceQuota,
  namespaceDeletion,
  serviceAccount,
  ...(settings.signToken === undefined
    ? []
    : [
        serviceAccountTokens({
          signToken: settings.signToken,
          rootCa: settings.rootCa,
          identity: settings.managerUser,
        }),
      ]),
  garbageCollector,
  daemonSet(),
  job(),
  deployment,
  replicaSet,
  horizontalPodAutoscaler({ syncPeriodMs: settings.autoscalerSyncPeriodMs }),
  disruption,
  statefulSet,
  cronJob,
  ...(settings.sign === undefined ? [] : [certificateSigningRequestSigning(settings.sign)]),
  certificateSigningRequestApproving,
  certificateSigningRequestCleaner,
  serviceCidr,
  ttlAfterFinished,
  nodeTtl,
  nodeLifecycle({
    monitorPeriodMs: settings.nodeMonitorPeriodMs,
    monitorGraceMs: settings.nodeMonitorGraceMs,
    startupGraceMs: settings.nodeStartupGraceMs,
    evictionRate: settings.nodeEvictionRate,
  }),
  taintEviction(),
  persistentVolumeBinder,
  persistentVolume,
  persistentVolumeClaimProtection,
  persistentVolumeProtection,
  volumeAttributesClassProtection,
  ephemeralVolume,
  resourceClaimPods,
  resourceClaim,
  clusterRoleAggregation,
  validatingAdmissionPolicyStatus,
  ...(settings.rootCa === undefined ? [] : [rootCaPublisher(settings.rootCa)]),
];
