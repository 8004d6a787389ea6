// What is told of a Service only when nothing else is wrong with it. It refuses to judge anything itself.
import type { Rule } from "../../../../schema/resource.ts";
import type { Service } from "../object.ts";

/** `rule`, silent while any of `others` finds a fault: upstream gives addresses after it has judged. */
export const ifSound = (rule: Rule<Service>, others: readonly Rule<Service>[]): Rule<Service> =>
  function* (service, context) {
    const faults = [...rule(service, context)];
    if (faults.length === 0) return;
    const sound = others.every((other) => [...other(service, context)].every((found) => typeof found === "string"));
    if (sound) yield* faults;
  };
