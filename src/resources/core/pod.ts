// Pod: containers that run together on one node. What fields say stands in pod/, one file a noun; here they become
// the resource. It refuses to read other objects: what needs a ServiceAccount, a PriorityClass or a LimitRange is
// admission.
import { command, connect, resource, view } from "../../schema/resource.ts";
import type { Verb } from "../../schema/resource.ts";
import { podColumns, podRowConditions } from "./pod/columns.ts";
import type { Pod as PodObject } from "./pod/object.ts";
import { podSchema } from "./pod/object.ts";
import { preparePod } from "./pod/prepare.ts";
import { isTerminal } from "./pod/readiness.ts";
import { creation } from "./pod/rules/create.ts";
import { podSpec } from "./pod/rules/pod-spec.ts";
import { resize } from "./pod/rules/resize.ts";
import { ephemeralUpdate, statusUpdate } from "./pod/rules/subresource-updates.ts";
import { podWarnings } from "./pod/rules/warnings.ts";
import { annotationUpdate, update } from "./pod/rules/update.ts";

export interface Pod extends PodObject {}

const READ_AND_WRITE: readonly Verb[] = ["get", "patch", "update"];

/** Who is not on a node, or has ended, has nothing to end gracefully, whatever was asked. In seconds. */
function graceSeconds({ spec, status }: Pod, asked: number | undefined): number {
  if (!spec.nodeName || isTerminal({ status })) return 0;
  const wanted = asked ?? spec.terminationGracePeriodSeconds ?? 30;
  return wanted < 0 ? 1 : wanted;
}

export const Pod = resource<Pod>({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  shortNames: ["po"],
  categories: ["all"],
  scope: "Namespaced",
  schema: podSchema,
  columns: podColumns,
  rowConditions: podRowConditions,
  subresources: {
    attach: connect("attach", ["create", "get"]),
    binding: command("binding", ["create"], { group: "", version: "v1", kind: "Binding" }),
    ephemeralcontainers: command("ephemeralContainers", READ_AND_WRITE),
    eviction: command("eviction", ["create"], { group: "policy", version: "v1", kind: "Eviction" }),
    exec: connect("exec", ["create", "get"]),
    log: connect("log", ["get"]),
    portforward: connect("portForward", ["create", "get"]),
    proxy: connect("podProxy", ["create", "delete", "get", "patch", "update"]),
    resize: command("resize", READ_AND_WRITE),
    status: view(["status"]),
  },
  deletion: { graceSeconds, returns: "object", propagation: "Background" },
  selectableFields: {
    "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
    "spec.restartPolicy": ({ spec }) => spec.restartPolicy ?? "",
    "spec.schedulerName": ({ spec }) => spec.schedulerName ?? "",
    "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
    "spec.hostNetwork": ({ spec }) => String(spec.hostNetwork ?? false),
    "status.phase": ({ status }) => status.phase ?? "",
    "status.podIP": ({ status }) => status.podIPs?.[0]?.ip ?? status.podIP ?? "",
    // A name that upstream lets through and never fills.
    "status.podIPs": () => "",
    "status.nominatedNodeName": ({ status }) => status.nominatedNodeName ?? "",
  },
  prepare: preparePod,
  rules: [podSpec, creation, annotationUpdate, update, statusUpdate, ephemeralUpdate, resize, podWarnings],
});
