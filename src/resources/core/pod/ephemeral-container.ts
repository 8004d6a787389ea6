// EphemeralContainer: a container added to a running pod to look around in it. It refuses to restart.
import { object, optional, string } from "../../../schema/node.ts";
import type { Fields, ValueIn } from "../../../schema/node.ts";
import { containerFields } from "./container.ts";

/** Moves the tags of `fields` into the nested message `tag`. */
function inlined<const F extends Fields>(tag: number, fields: F): F {
  const moved = Object.entries(fields).map(([name, field]) => [name, { ...field, tag: [tag, field.tag] }]);
  return Object.fromEntries(moved) as F;
}

export const EphemeralContainer = object(
  "k8s.io.api.core.v1.EphemeralContainer",
  {
    ...inlined(1, containerFields),
    targetContainerName: optional(2, string(), "The container whose process namespace it joins."),
  },
  { inline: { 1: "k8s.io.api.core.v1.EphemeralContainerCommon" } },
);
export interface EphemeralContainer extends ValueIn<typeof EphemeralContainer> {}
