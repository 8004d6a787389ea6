// The version of Kubernetes whose behaviour this is, as every component tells it.

export const KUBERNETES_VERSION = "v1.37.2+kaji";
