// The administrator's client of a cluster on this machine. It refuses folders in which no cluster was ever started.
import { readFileSync } from "node:fs";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import type { HttpsClient, HttpsOptions } from "../client/https.ts";
import { httpsClient } from "../client/https.ts";
import { connectionOf, parseKubeconfig } from "../client/kubeconfig.ts";
import type { DataFolder } from "./data-folder.ts";

/** A client by a kubeconfig file. The file may name other files. */
export function clientOfKubeconfig(
  path: string,
  userAgent: string,
  user = "",
  more: Pick<HttpsOptions, "sharesWatches"> = {},
): HttpsClient {
  const readText = (file: string) => readFileSync(file, "utf8");
  let text: string;
  try {
    text = readText(path);
  } catch (cause) {
    throw new CommandFailed(`kubeconfig ${path} cannot be read: ${(cause as Error).message}`, EXIT.usage, { cause });
  }
  return httpsClient(connectionOf(parseKubeconfig(text), readText), { userAgent, user, ...more });
}

export async function adminClient(folder: DataFolder): Promise<HttpsClient> {
  if (!(await folder.settings()))
    throw new CommandFailed(`no cluster in ${folder.dir}; start one with: kaji up --data ${folder.dir}`, EXIT.conflict);
  return clientOfKubeconfig(folder.kubeconfig, "kaji");
}
