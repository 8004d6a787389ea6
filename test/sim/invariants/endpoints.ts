// At rest, what a Service leads to are its ready pods, in slices and in Endpoints alike. It refuses to judge while
// things move.
import type { EndpointSlice } from "../../../src/resources/discovery/endpoint-slice.ts";
import type { Endpoints } from "../../../src/resources/core/endpoints.ts";
import type { Pod } from "../../../src/resources/core/pod.ts";
import type { Service } from "../../../src/resources/core/service.ts";
import type { Invariant } from "./invariant.ts";
import { hasEnded, isLeaving, isReady, selects } from "./pods.ts";

export const endpointsAreReadyPods: Invariant = {
  name: "endpoints are ready pods",
  judge: ({ cluster: { truth } }) => ({
    unsettled() {
      for (const service of truth.list<Service>("core/services")) {
        const { namespace, name } = service.metadata;
        if (!service.spec.selector) continue;
        const wanted = [...truth.list<Pod>("core/pods")]
          .filter(
            (pod) =>
              pod.metadata.namespace === namespace &&
              selects(service.spec.selector, pod.metadata.labels) &&
              isReady(pod) &&
              !isLeaving(pod) &&
              !hasEnded(pod),
          )
          .map((pod) => pod.status.podIP ?? "?");
        const slices = [...truth.list<EndpointSlice>("discovery.k8s.io/endpointslices")].filter(
          ({ metadata }) =>
            metadata.namespace === namespace &&
            metadata.labels?.["kubernetes.io/service-name"] === name &&
            metadata.labels?.["endpointslice.kubernetes.io/managed-by"] === "endpointslice-controller.k8s.io",
        );
        const sliced = slices.flatMap(({ endpoints }) =>
          (endpoints ?? [])
            .filter(({ conditions }) => conditions?.ready !== false)
            .flatMap(({ addresses }) => addresses),
        );
        if (!same(wanted, sliced))
          return `service ${namespace}/${name} has ready pods ${wanted.sort().join(" ")}, its slices say ${sliced.sort().join(" ")}`;
        const object = truth.get(`core/endpoints/${namespace}/${name}`)?.object as Endpoints | undefined;
        const listed = (object?.subsets ?? []).flatMap(({ addresses }) => (addresses ?? []).map(({ ip }) => ip));
        if (!same(wanted, listed))
          return `service ${namespace}/${name} has ready pods ${wanted.sort().join(" ")}, its Endpoints say ${listed.sort().join(" ")}`;
      }
      return undefined;
    },
  }),
};

const same = (a: readonly string[], b: readonly string[]): boolean => a.toSorted().join() === b.toSorted().join();
