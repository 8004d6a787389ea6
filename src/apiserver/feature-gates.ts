// The feature gates that v1.37 has off by default; all others are on. It refuses to be changed at run time.

const OFF: ReadonlySet<string> = new Set([
  "APIServerWebhookAuthenticationToken", "APIServingWithRoutine", "AtomicWriteVolumeUserFields",
  "CBORServingAndStorage", "CPUManagerPolicyAlphaOptions", "CRIListStreaming", "CSIVolumeHealth",
  "ChangeContainerStatusOnKubeletRestart", "ClientsAllowCBOR", "ClientsPreferCBOR",
  "CloudControllerManagerWatchBasedRoutesReconciliation", "CloudControllerManagerWebhook", "CompositePodGroup",
  "ConsistentListFromCacheSkipTimeoutFallback", "ContainerStopSignals",
  "ControllerManagerReleaseLeaderElectionLockOnExit", "CoordinatedLeaderElection", "CrossNamespaceVolumeDataSource",
  "DRADerivedAttributes", "DRADeviceCompatibilityGroups", "DRAFractionalCapacityRange", "DRAListTypeAttributes",
  "DRANodeAllocatableResources", "DRAOptionalNodeOperations", "DRAPartitionableDevicesType", "DRAResourcePoolStatus",
  "DRAWorkloadResourceClaims", "DeclarativeValidationTakeover", "DefaultPodSysctls", "EmptyDirVolumeMode",
  "EventedPLEG", "EvictionRequestAPI", "GRPCContainerProbeTLS", "GenericWorkload", "GitRepoVolumeDriver",
  "H2CContainerProbe", "ImageVolumeWithDigest", "InPlacePodVerticalScalingExclusiveCPUs",
  "InPlacePodVerticalScalingExclusiveMemory", "InPlacePodVerticalScalingMemoryBackedVolumes",
  "InPlacePodVerticalScalingSchedulerPreemption", "InterPodAffinityHostnameFastPath", "KMSv1",
  "KubeProxyNFTablesLocalhostNodePorts", "KubeletAllocatedPodsEndpoint", "KubeletRegistrationGetOnExistsOnly",
  "LocalStorageCapacityIsolationFSQuotaMonitoring", "LoggingAlphaOptions", "MutablePVNodeAffinity",
  "NodeLifecycleConditions", "PodAndContainerStatsFromCRI", "PodGroupPreemptionPolicy", "PodLevelResourceManagers",
  "PodLogsQuerySplitStreams", "QOSReserved", "ReduceDefaultCrashLoopBackOffDecay", "RuntimeClassInImageCriApi",
  "SchedulerAsyncAPICalls", "SchedulerPreQueueingHints", "SeparateCacheWatchRPC", "ShardedListAndWatch",
  "StatefulSetRecreateStrategy", "StorageVersionAPI", "TaintTolerationComparisonOperators",
  "TopologyAwareWorkloadScheduling", "TopologyManagerPolicyAlphaOptions", "UserNamespacesHostNetworkSupport",
  "VolumeBindMountOptions", "WindowsCPUAndMemoryAffinity", "WindowsHostNetwork", "WorkloadWithJob",
]);

/** Whether a gate is on. `changed` are the operator's own choices. */
export function featureGates(changed: Readonly<Record<string, boolean>> = {}): (gate: string) => boolean {
  return (gate) => changed[gate] ?? !OFF.has(gate);
}
