// The authorizers in the order they are asked. The first that allows or denies decides; silence of all is a denial.
import type { Lookup } from "../admission/plugin.ts";
import type { Authorizer } from "./authorizer.ts";
import { masters } from "./masters.ts";
import { nodeAuthorizer } from "./node.ts";
import type { Rules } from "./rbac.ts";
import { rbac } from "./rbac.ts";

export const authorizers = (lookup: Lookup, rules: Rules): readonly Authorizer[] => [
  masters,
  nodeAuthorizer(lookup),
  rbac(rules),
];
