// What a Deployment must be beyond its fields: a selector that matches its template, limits that let an update go on. Pure.
import type { Rule } from "../../schema/resource.ts";
import type { Deployment } from "./deployment-object.ts";

export const deploymentRules: readonly Rule<Deployment>[] = [];
