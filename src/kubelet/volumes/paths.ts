// Where a node keeps what belongs to a pod. Pure; the layout is the kubelet's own (CSI drivers and people know it).
import { join } from "node:path";

export interface NodeFolders {
  /** `DIR/nodes/NAME/kubelet`. */
  readonly root: string;
  /** Where containers' logs go, `…/pods/NS_NAME_UID/CONTAINER/N.log`. */
  readonly logs: string;
  /** A tmpfs for what must not reach a disk: the files of secrets, tokens and the downward API. */
  readonly memory: string;
}

export const podFolder = ({ root }: NodeFolders, uid: string): string => join(root, "pods", uid);

/** `kind` as upstream names the plug-in: `empty-dir`, `configmap`, `secret`, `projected`, `downward-api`. */
export const volumeFolder = (folders: NodeFolders, uid: string, kind: string, name: string): string =>
  join(podFolder(folders, uid), "volumes", `kubernetes.io~${kind}`, name);

/** Everything of a pod that is kept in memory. */
export const podMemory = ({ memory }: NodeFolders, uid: string): string => join(memory, uid);

/** A volume whose files are kept in memory; at its usual place, {@link volumeFolder}, stands a link to here. */
export const memoryFolder = (folders: NodeFolders, uid: string, kind: string, name: string): string =>
  join(podMemory(folders, uid), kind, name);

export const hostsFile = (folders: NodeFolders, uid: string): string => join(podFolder(folders, uid), "etc-hosts");

export const terminationFile = (folders: NodeFolders, uid: string, container: string, attempt: number): string =>
  join(podFolder(folders, uid), "containers", container, String(attempt));

/** Where a part of a volume is shown for one mount of a container; as upstream names it. */
export const subPathPlace = (
  folders: NodeFolders,
  uid: string,
  volume: string,
  container: string,
  mount: number,
): string => join(podFolder(folders, uid), "volume-subpaths", volume, container, String(mount));

export const podLogFolder = ({ logs }: NodeFolders, pod: { namespace: string; name: string; uid: string }): string =>
  join(logs, `${pod.namespace}_${pod.name}_${pod.uid}`);
