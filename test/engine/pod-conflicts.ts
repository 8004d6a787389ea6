// Somebody else is faster with pods than one user, for a while. It refuses to know who, and lets everybody else write.
import type { AdmissionPlugin } from "../../src/apiserver/admission/plugin.ts";
import { conflict } from "../../src/schema/meta/status.ts";
import type { World } from "./world.ts";

export interface PodConflicts {
  readonly plugin: AdmissionPlugin;
  /** From now on, for `ms`. */
  begin(world: World, ms: number): void;
}

export function podConflicts(user: string): PodConflicts {
  let until = 0;
  return {
    plugin: {
      name: "PodConflicts",
      validate({ context, operation, resource, name }, { now }) {
        if (operation !== "update" || resource.kind !== "Pod" || context.user.name !== user || now() >= until) return;
        throw conflict({ group: "", resource: "pods" }, name, "the object has been modified");
      },
    },
    begin({ clock }, ms) {
      until = clock.now() + ms;
    },
  };
}
