// All bootstrap ClusterRoles. A list, nothing else; who gets them is bindings.ts, the Roles are in namespaced.ts.
import type { ClusterRole } from "../cluster-role.ts";
import { componentRoles } from "./component-roles.ts";
import { controllerRoles } from "./controller-roles.ts";
import { userRoles } from "./user-roles.ts";

export const clusterRoles: readonly ClusterRole[] = [...userRoles, ...componentRoles, ...controllerRoles];
