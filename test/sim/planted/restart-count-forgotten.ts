// A kubelet reports restarts as if each were the first. It refuses to touch anything else of a status.
import { inClientOf } from "./planted.ts";
import type { Planted } from "./planted.ts";

interface StatusBody {
  readonly status?: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
}

export const restartCountForgotten: Planted = {
  name: "a kubelet forgets restart counts",
  seed: 1,
  caughtBy: ["pod goes forward"],
  plant() {
    let count = 0;
    return inClientOf("kubelet", (client) => ({
      async patch(resource, name, patch, options) {
        const { status } = patch.body as StatusBody;
        if (!status?.containerStatuses || ++count % 2 === 0) return client.patch(resource, name, patch, options);
        const containerStatuses = status.containerStatuses.map((one) => ({ ...one, restartCount: 0 }));
        return client.patch(
          resource,
          name,
          { ...patch, body: { ...(patch.body as object), status: { ...status, containerStatuses } } },
          options,
        );
      },
    }));
  },
};
