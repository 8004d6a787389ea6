// Who makes volumes of a class: the driver of that name. Names of what Kubernetes once did by itself stand for the drivers
// that took over. Data.
const BUILT_IN = "kubernetes.io/";
const TAKEN_OVER: Readonly<Record<string, string>> = {
  "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
  "kubernetes.io/azure-disk": "disk.csi.azure.com",
  "kubernetes.io/azure-file": "file.csi.azure.com",
  "kubernetes.io/cinder": "cinder.csi.openstack.org",
  "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
  "kubernetes.io/portworx-volume": "pxd.portworx.com",
  "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
};

/** The driver that is waited for; undefined where nobody makes volumes. */
export const provisionerOf = (name: string): string | undefined =>
  name.startsWith(BUILT_IN) ? TAKEN_OVER[name] : name;
