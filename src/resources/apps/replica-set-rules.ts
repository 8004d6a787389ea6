// What a ReplicaSet must be beyond its fields: a selector that matches its template. Pure.
import type { Rule } from "../../schema/resource.ts";
import type { ReplicaSet } from "./replica-set-object.ts";

export const replicaSetRules: readonly Rule<ReplicaSet>[] = [];
