// How the kubelet speaks to a container runtime: the CRI's own calls, and the news that something changed. It refuses to know which
// runtime it is: containerd over a socket (runtime/containerd.ts), or the simulated one (runtime/simulated.ts), which keep one suite.
import type { ServiceClient } from "../wire/grpc/client.ts";
import type { ImageService, RuntimeService } from "../wire/cri/service.ts";

export interface Cri {
  readonly runtime: ServiceClient<typeof RuntimeService.methods>;
  readonly images: ServiceClient<typeof ImageService.methods>;
  /**
   * Yields the id of a sandbox or container each time something happened to it; "" when everything should be looked at
   * again (after a lost connection). A hint and no more: what is the case is read from the runtime, which by the last hint of an
   * end says that it is over.
   */
  changes(signal: AbortSignal): AsyncIterable<string>;
}
