// The EndpointSlice controller leaves the last endpoint out when it changes a slice. It refuses to do so in a new
// one.
import { inClientOf } from "./planted.ts";
import type { Planted } from "./planted.ts";

export const endpointLeftOut: Planted = {
  name: "an endpoint is left out",
  seed: 12,
  caughtBy: ["endpoints are ready pods", "no hot loop"],
  plant: () =>
    inClientOf("controllers/endpointslice-controller", (client) => ({
      async update(resource, object, options) {
        const { endpoints } = object as { readonly endpoints?: readonly unknown[] };
        return client.update(resource, endpoints ? { ...object, endpoints: endpoints.slice(0, -1) } : object, options);
      },
    })),
};
