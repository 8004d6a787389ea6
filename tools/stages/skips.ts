// Judges what was skipped. It refuses silence: on a CI machine a test that could have run and did not has failed.
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";

/** What a test may miss, and whether it is here. A test skips with the reason "needs <name>", and perhaps more words. */
export const CAPABILITIES: Readonly<Record<string, () => boolean>> = {
  root: () => process.getuid?.() === 0,
  containerd: () => onPath("containerd") && onPath("runc"),
  nftables: () => onPath("nft"),
  etcd: () => onPath("etcd"),
  strace: () => onPath("strace"),
  kubectl: () => existsSync(".cache/tools/kubectl"),
  helm: () => existsSync(".cache/tools/helm"),
  /** The recorded exchanges with a real Kubernetes, which are not part of the repository. */
  reference: () => existsSync(process.env["KAJI_REFERENCE"] ?? path.join("..", "shared", "reference")),
};

function onPath(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
}

/** Whether a test that gave this reason could have run here; unknown reasons count as such. */
export function couldRun(reason: string, capabilities = CAPABILITIES): boolean {
  const need = /^needs (\w+)/.exec(reason)?.[1];
  const present = need === undefined ? undefined : capabilities[need];
  return present === undefined || present();
}
