// Somebody is always faster: updates and patches are refused with a conflict. It refuses to do so for ever.
import { conflict } from "../../../src/schema/meta/status.ts";
import { chance } from "../world.ts";
import type { Fault } from "./fault.ts";
import { onLine } from "./lines.ts";

export const conflicts: Fault = {
  name: "conflict storm",
  lastsMs: 3000,
  begin(world) {
    return onLine(world, {
      before({ who, verb, resource, name }) {
        if (who === "user" || (verb !== "update" && verb !== "patch") || !chance(world.random, 0.5)) return;
        world.hit(conflicts.name);
        throw conflict(
          { group: resource.group, resource: resource.plural },
          name.name,
          "the object has been modified; please apply your changes to the latest version and try again",
        );
      },
    });
  },
};
