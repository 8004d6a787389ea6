// One request to a node, taken apart, and what the server's parts need to answer it.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Metrics } from "../../base/metrics.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { Cri } from "../cri.ts";
import type { Usage } from "../node/usage.ts";
import type { Access } from "./access.ts";
import { noSuchPod } from "./containers.ts";

export interface NodeServerOptions {
  readonly host: string;
  readonly port: number;
  /** PEM; `ca` signs the certificates of those who may ask. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly access: Access;
  readonly cri: Cri;
  readonly pods: { get(name: { namespace: string; name: string }): Pod | undefined; list(): readonly Pod[] };
  readonly metrics: Metrics;
  readonly usage: Usage;
  readonly clock: Clock;
  readonly log: Log;
}

/** A request, taken apart: `/exec/NS/POD/CONTAINER?command=ls`. */
export interface NodeRequest {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly options: NodeServerOptions;
}

/** The pod that the second and third part of the path name. */
export function podOf({ parts: [, namespace = "", name = ""], options }: NodeRequest): Pod {
  const pod = options.pods.get({ namespace, name });
  if (!pod) throw noSuchPod(name);
  return pod;
}
