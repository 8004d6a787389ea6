// Lease: who leads, or that a node lives, until when. It refuses to elect.
import { int32, microTime, object, plain, pointer, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export const LeaseSpec = object("k8s.io.api.coordination.v1.LeaseSpec", {
  holderIdentity: pointer(1, string(), "Who holds it."),
  leaseDurationSeconds: pointer(
    2,
    int32({ minimum: 0, exclusiveMinimum: true }),
    "How long others wait after renewTime.",
  ),
  acquireTime: pointer(3, microTime(), "When the holder got it."),
  renewTime: pointer(4, microTime(), "When the holder last renewed it."),
  leaseTransitions: pointer(5, int32({ minimum: 0 }), "How often it changed hands."),
  strategy: pointer(6, string(), "How a leader is chosen.", { gate: "CoordinatedLeaderElection" }),
  preferredHolder: pointer(7, string(), "Who should take it over.", { gate: "CoordinatedLeaderElection" }),
});
export interface LeaseSpec extends ValueIn<typeof LeaseSpec> {}

const schema = object(
  "k8s.io.api.coordination.v1.Lease",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, LeaseSpec, "Who holds it and for how long."),
  },
  { doc: "Says who holds something, and until when." },
);
export interface Lease extends ValueIn<typeof schema> {}

export const Lease = resource<Lease>({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  scope: "Namespaced",
  schema,
  generationOf: [],
  createOnUpdate: true,
  unconditionalUpdate: false,
  columns: [
    nameColumn,
    { name: "Holder", type: "string", doc: "Who holds it.", cell: ({ spec }) => spec.holderIdentity ?? "" },
    ageColumn,
  ],
});
