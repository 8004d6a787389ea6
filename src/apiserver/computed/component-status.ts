// ComponentStatuses: whether scheduler, controllers and store are at work. It refuses to dial them: whoever is at work
// watches this server, under its own identity or user agent, and the store answers or nothing does.
import type { ComponentStatus } from "../../resources/core/component-status.ts";
import type { Computed } from "../parts.ts";
import type { Watching } from "../watching.ts";

const COMPONENTS = [
  { name: "scheduler", user: "system:kube-scheduler", agent: /\bkube-scheduler\b|\bkaji-scheduler\b/ },
  {
    name: "controller-manager",
    user: "system:kube-controller-manager",
    agent: /\bkube-controller-manager\b|\bkaji-controllers\b/,
  },
];

const status = (name: string, isHealthy: boolean): ComponentStatus => ({
  apiVersion: "v1",
  kind: "ComponentStatus",
  metadata: { name },
  conditions: [
    { type: "Healthy", status: isHealthy ? "True" : "False", message: isHealthy ? "ok" : `no ${name} watches` },
  ],
});

export const componentStatuses =
  (watching: Watching): Computed =>
  () => [
    ...COMPONENTS.map(({ name, user, agent }) =>
      status(
        name,
        watching.some((sender) => sender.user.name === user || agent.test(sender.userAgent)),
      ),
    ),
    status("etcd-0", true),
  ];
