// The rules of pods and of pod templates, in the order in which upstream's messages come. Lists, nothing else.
import type { Rule } from "../../../../schema/resource.ts";
import type { Pod } from "../object.ts";

export const podRules: readonly Rule<Pod>[] = [];
