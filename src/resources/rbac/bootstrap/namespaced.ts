// Roles and RoleBindings that a server makes at start in kube-public and kube-system. Data.
import { EVENTS, READ, account, bindRole, on, role, user } from "./build.ts";
import type { RoleBinding } from "../role-binding.ts";
import type { Role } from "../role.ts";

const LEADER_LOCKING = [
  on("coordination.k8s.io", "create get list update watch", "leases"),
  on("coordination.k8s.io", "create get list update watch", "leasecandidates"),
];
const AUTHENTICATION_READER = "extension-apiserver-authentication-reader";
const MANAGER_LOCK = "system::leader-locking-kube-controller-manager";
const SCHEDULER_LOCK = "system::leader-locking-kube-scheduler";
const BOOTSTRAP_SIGNER = "system:controller:bootstrap-signer";
const CLOUD_PROVIDER = "system:controller:cloud-provider";
const TOKEN_CLEANER = "system:controller:token-cleaner";

export const roles: readonly Role[] = [
  role("kube-public", BOOTSTRAP_SIGNER, [
    on("core", READ, "configmaps"),
    on("core", "update", "configmaps", "cluster-info"),
    EVENTS,
  ]),
  role("kube-system", AUTHENTICATION_READER, [on("core", READ, "configmaps", "extension-apiserver-authentication")]),
  role("kube-system", MANAGER_LOCK, LEADER_LOCKING),
  role("kube-system", SCHEDULER_LOCK, LEADER_LOCKING),
  role("kube-system", BOOTSTRAP_SIGNER, [on("core", READ, "secrets")]),
  role("kube-system", CLOUD_PROVIDER, [on("core", "create get list watch", "configmaps")]),
  role("kube-system", TOKEN_CLEANER, [on("core", "delete get list watch", "secrets"), EVENTS]),
];

export const roleBindings: readonly RoleBinding[] = [
  bindRole("kube-public", BOOTSTRAP_SIGNER, BOOTSTRAP_SIGNER, [account("kube-system", "bootstrap-signer")]),
  bindRole("kube-system", `system::${AUTHENTICATION_READER}`, AUTHENTICATION_READER, [
    user("system:kube-controller-manager"),
    user("system:kube-scheduler"),
  ]),
  bindRole("kube-system", MANAGER_LOCK, MANAGER_LOCK, [
    user("system:kube-controller-manager"),
    account("kube-system", "kube-controller-manager"),
    account("kube-system", "leader-election-controller"),
  ]),
  bindRole("kube-system", SCHEDULER_LOCK, SCHEDULER_LOCK, [
    user("system:kube-scheduler"),
    account("kube-system", "kube-scheduler"),
  ]),
  bindRole("kube-system", BOOTSTRAP_SIGNER, BOOTSTRAP_SIGNER, [account("kube-system", "bootstrap-signer")]),
  bindRole("kube-system", CLOUD_PROVIDER, CLOUD_PROVIDER, [account("kube-system", "cloud-provider")]),
  bindRole("kube-system", TOKEN_CLEANER, TOKEN_CLEANER, [account("kube-system", "token-cleaner")]),
];
