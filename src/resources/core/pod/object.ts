// The pod as an object: its schema and its type, apart from the resource so that rules and columns can name it. It
// refuses to hold functions.
import { object, plain } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { metadata, typeMeta } from "../../../schema/meta/object-meta.ts";
import { PodSpec } from "./spec.ts";
import { PodStatus } from "./status.ts";

export const podSchema = object(
  "k8s.io.api.core.v1.Pod",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, PodSpec, "What is wanted."),
    status: plain(3, PodStatus, "What became of it."),
  },
  { doc: "Containers that run together on one node." },
);
export interface Pod extends ValueIn<typeof podSchema> {}
