// What keeps pods off a node. It refuses to know tolerations, which are the pod's.
import { object, optional, pointer, required, string, time } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const Taint = object("k8s.io.api.core.v1.Taint", {
  key: required(1, string(), "Names the taint."),
  value: optional(2, string(), "Says more than the key."),
  effect: required(
    3,
    string({ enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"] }),
    "What happens to pods that do not tolerate it.",
  ),
  timeAdded: pointer(4, time(), "When the taint was put on, for NoExecute."),
});
export interface Taint extends ValueIn<typeof Taint> {}
