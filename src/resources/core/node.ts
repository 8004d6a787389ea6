// Node: a machine that runs pods. It refuses to decide whether one fits: that is the scheduler's.
import { formats } from "../../base/formats.ts";
import { parseCIDRSloppy } from "../../base/cidr.ts";
import { fieldDuplicate, fieldForbidden, fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { connect, resource, view } from "../../schema/resource.ts";
import type { RequestFacts, Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { isNodeReady, nodeAddress, nodeRoles } from "./node/readiness.ts";
import { taintFaults } from "./node/taint.ts";
import { nodeSchema } from "./node/object.ts";
import type { Node as NodeObject, NodeSpec } from "./node/object.ts";

export interface Node extends NodeObject {}

const SPEC = FieldPath.of("spec");

// Upstream names taints below metadata.
const taintsValid: Rule<Node> = ({ spec }) => taintFaults(spec.taints ?? [], FieldPath.of("metadata", "taints"));

/** Given once, by the node's maker or the range allocator, and then fixed: pods live on these addresses. */
const podRanges: Rule<Node> = function* ({ spec }, { old }) {
  const ranges = spec.podCIDRs ?? [];
  const before = old?.spec.podCIDRs ?? [];
  if (old && JSON.stringify(ranges) === JSON.stringify(before)) return;
  if (before.length > 0) {
    const why = 'node updates may not change podCIDR except from "" to valid';
    return yield fieldForbidden(SPEC.child("podCIDRs"), why);
  }
  let sound = true;
  for (const [i, range] of ranges.entries()) {
    for (const fault of formats.cidr(range)) {
      sound = false;
      yield fieldInvalid(SPEC.child("podCIDRs").index(i), range, fault);
    }
  }
  const families = new Set(ranges.map((range) => parseCIDRSloppy(range)?.family));
  if (sound && families.size < ranges.length) {
    yield fieldInvalid(SPEC.child("podCIDRs"), ranges, "may specify no more than one CIDR for each IP family");
  }
};

/** The machine behind a node is fixed once it is known. */
const providerStays: Rule<Node> = function* ({ spec }, { old }) {
  if (!old?.spec.providerID || old.spec.providerID === spec.providerID) return;
  const why = 'node updates may not change providerID except from "" to valid';
  yield fieldForbidden(SPEC.child("providerID"), why);
};

/** A status that names an address twice would confuse the merge by type. */
const addressesOnce: Rule<Node> = function* ({ status }, { old }) {
  if (!old) return;
  const seen = new Set<string>();
  for (const [i, address] of (status.addresses ?? []).entries()) {
    const key = JSON.stringify([address.type, address.address]);
    if (seen.has(key)) yield fieldDuplicate(FieldPath.of("status", "addresses").index(i), address);
    seen.add(key);
  }
};

/** The older single range and the list say the same. */
function withRanges(spec: NodeSpec): NodeSpec {
  const { podCIDR = "", podCIDRs = [] } = spec;
  if (podCIDR === (podCIDRs[0] ?? "")) return spec;
  return podCIDR === "" ? { ...spec, podCIDR: podCIDRs[0]! } : { ...spec, podCIDRs: [podCIDR] };
}

/** A kubelet registers its node with a status, so that creation keeps it. */
function prepare(object: Node, old: Node | undefined, request: RequestFacts): Node {
  if (request.subresource === "status") return object;
  return { ...object, spec: withRanges(object.spec), ...(old && { status: old.status }) };
}

/** `Ready`, `NotReady`, `Unknown` when the kubelet never spoke; and whether it is cordoned. */
function statusText(node: Node): string {
  const { conditions } = node.status;
  const known = conditions?.some((condition) => condition.type === "Ready");
  const state = !known ? "Unknown" : isNodeReady(node) ? "Ready" : "NotReady";
  return node.spec.unschedulable ? `${state},SchedulingDisabled` : state;
}

// What the columns show for nothing differs by column.
const orNone = (text: string | undefined) => text || "<none>";
const orUnknown = (text: string | undefined) => text || "<unknown>";

export const Node = resource<Node>({
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  keepsStatusOnCreate: true,
  shortNames: ["no"],
  scope: "Cluster",
  schema: nodeSchema,
  generationOf: [],
  subresources: {
    proxy: connect("nodeProxy", ["create", "delete", "get", "patch", "update"]),
    status: view(["status"]),
  },
  selectableFields: { "spec.unschedulable": ({ spec }) => String(spec.unschedulable ?? false) },
  columns: [
    nameColumn,
    { name: "Status", type: "string", doc: "Whether it is ready, and takes pods.", cell: statusText },
    {
      name: "Roles",
      type: "string",
      doc: "What labels say it is for.",
      cell: (node) => orNone(nodeRoles(node).join(",")),
    },
    ageColumn,
    {
      name: "Version",
      type: "string",
      doc: "Of the kubelet.",
      cell: ({ status }) => status.nodeInfo?.kubeletVersion ?? "",
    },
    {
      name: "Internal-IP",
      type: "string",
      priority: 1,
      doc: "Where the cluster reaches it.",
      cell: (node) => orNone(nodeAddress(node, "InternalIP")),
    },
    {
      name: "External-IP",
      type: "string",
      priority: 1,
      doc: "Where others reach it.",
      cell: (node) => orNone(nodeAddress(node, "ExternalIP")),
    },
    {
      name: "OS-Image",
      type: "string",
      priority: 1,
      doc: "As /etc/os-release tells it.",
      cell: ({ status }) => orUnknown(status.nodeInfo?.osImage),
    },
    {
      name: "Kernel-Version",
      type: "string",
      priority: 1,
      doc: "As uname tells it.",
      cell: ({ status }) => orUnknown(status.nodeInfo?.kernelVersion),
    },
    {
      name: "Container-Runtime",
      type: "string",
      priority: 1,
      doc: "Name and version of the runtime.",
      cell: ({ status }) => orUnknown(status.nodeInfo?.containerRuntimeVersion),
    },
  ],
  prepare,
  rules: [taintsValid, podRanges, providerStays, addressesOnce],
});
