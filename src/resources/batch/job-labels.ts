// The names that jobs and their pods carry: labels, annotations, the finalizer. It refuses to put them anywhere.

/** Whose pod it is. The names without a prefix are older; both stay. */
export const CONTROLLER_UID = "batch.kubernetes.io/controller-uid";
export const JOB_NAME = "batch.kubernetes.io/job-name";
export const LEGACY_CONTROLLER_UID = "controller-uid";
export const LEGACY_JOB_NAME = "job-name";

/** Label and annotation of an Indexed job's pod. */
export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";
/** How often pods of the index had failed before this one, and how many failures were ignored. */
export const INDEX_FAILURE_COUNT = "batch.kubernetes.io/job-index-failure-count";
export const INDEX_IGNORED_FAILURE_COUNT = "batch.kubernetes.io/job-index-ignored-failure-count";

/** Keeps a pod until its job has counted it. */
export const TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking";

/** When the run that a CronJob's job stands for was due. */
export const SCHEDULED_TIMESTAMP = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** The value of spec.managedBy that means the same as none. */
export const JOB_CONTROLLER = "kubernetes.io/job-controller";
