// NetworkPolicy: which traffic pods take and send. It refuses to enforce anything.
import { cidrContains, parseCIDRSloppy } from "../../base/cidr.ts";
import { portNumberErrors } from "../../base/formats.ts";
import { selectorText } from "../apps/workload-columns.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import { fieldForbidden, fieldInvalid, fieldNotAmong, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import {
  int32,
  intOrString,
  listAtomic,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const IPBlock = object("k8s.io.api.networking.v1.IPBlock", {
  cidr: required(1, string(), "The range.", { toldLast: true }),
  except: optional(2, listAtomic(string()), "Ranges within it that are left out."),
});
export interface IPBlock extends ValueIn<typeof IPBlock> {}

export const NetworkPolicyPeer = object("k8s.io.api.networking.v1.NetworkPolicyPeer", {
  podSelector: pointer(1, LabelSelector, "Pods, of the policy's namespace or of those selected."),
  namespaceSelector: pointer(2, LabelSelector, "Namespaces."),
  ipBlock: pointer(3, IPBlock, "A range of addresses; alone."),
});
export interface NetworkPolicyPeer extends ValueIn<typeof NetworkPolicyPeer> {}

export const NetworkPolicyPort = object("k8s.io.api.networking.v1.NetworkPolicyPort", {
  protocol: pointer(1, string({ enum: ["SCTP", "TCP", "UDP"], told: ["TCP", "UDP", "SCTP"] }), "TCP, UDP or SCTP.", {
    default: "TCP",
  }),
  port: pointer(2, intOrString(), "The port, by number or name; all if left out."),
  endPort: pointer(3, int32(), "The last one of a range that begins with port."),
});
export interface NetworkPolicyPort extends ValueIn<typeof NetworkPolicyPort> {}

export const NetworkPolicyIngressRule = object("k8s.io.api.networking.v1.NetworkPolicyIngressRule", {
  ports: optional(1, listAtomic(NetworkPolicyPort), "Ports that may be reached; all if empty."),
  from: optional(2, listAtomic(NetworkPolicyPeer), "Who may; everybody if empty."),
});
export interface NetworkPolicyIngressRule extends ValueIn<typeof NetworkPolicyIngressRule> {}

export const NetworkPolicyEgressRule = object("k8s.io.api.networking.v1.NetworkPolicyEgressRule", {
  ports: optional(1, listAtomic(NetworkPolicyPort), "Ports that may be reached; all if empty."),
  to: optional(2, listAtomic(NetworkPolicyPeer), "Where; everywhere if empty."),
});
export interface NetworkPolicyEgressRule extends ValueIn<typeof NetworkPolicyEgressRule> {}

export const NetworkPolicySpec = object("k8s.io.api.networking.v1.NetworkPolicySpec", {
  podSelector: plain(1, LabelSelector, "The pods that it is about; all for an empty one."),
  ingress: optional(2, listAtomic(NetworkPolicyIngressRule), "What they take."),
  egress: optional(3, listAtomic(NetworkPolicyEgressRule), "What they send."),
  policyTypes: optional(
    4,
    listAtomic(string({ enum: ["Egress", "Ingress"], told: ["Ingress", "Egress"] })),
    "Which of the two directions it speaks of.",
    { default: defaultTypes, judgedByRule: true },
  ),
});
export interface NetworkPolicySpec extends ValueIn<typeof NetworkPolicySpec> {}

const schema = object(
  "k8s.io.api.networking.v1.NetworkPolicy",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, NetworkPolicySpec, "What is allowed."),
  },
  { doc: "Which traffic a set of pods takes and sends." },
);
export interface NetworkPolicy extends ValueIn<typeof schema> {}

/** Ingress is always meant, egress when there are rules about it. */
function defaultTypes({
  policyTypes = [],
  egress = [],
}: {
  readonly policyTypes?: readonly string[];
  readonly egress?: readonly unknown[];
}) {
  if (policyTypes.length > 0) return undefined;
  return egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

const TYPES = ["Ingress", "Egress"];
const SPEC = FieldPath.of("spec");

function* portFaults({ port, endPort }: NetworkPolicyPort, path: FieldPath): Generator<FieldError> {
  const end = path.child("endPort");
  if (port === undefined) {
    if (endPort !== undefined) yield fieldInvalid(end, endPort, "may not be specified when `port` is not specified");
  } else if (typeof port === "number") {
    for (const fault of portNumberErrors(port)) yield fieldInvalid(path.child("port"), port, fault);
    if (endPort === undefined) return;
    if (endPort < port) yield fieldInvalid(end, endPort, "must be greater than or equal to `port`");
    for (const fault of portNumberErrors(endPort)) yield fieldInvalid(end, endPort, fault);
  } else {
    if (endPort !== undefined) yield fieldInvalid(end, endPort, "may not be specified when `port` is non-numeric");
    yield* formatFaults(path.child("port"), port, "portName");
  }
}

function* blockFaults(
  { cidr, except = [] }: IPBlock,
  path: FieldPath,
  kept: ReadonlySet<string>,
): Generator<FieldError> {
  const judge = (text: string, at: FieldPath) => (kept.has(text) ? [] : formatFaults(at, text, "cidr"));
  if (cidr === "") return;
  const faults = judge(cidr, path.child("cidr"));
  yield* faults;
  const range = parseCIDRSloppy(cidr);
  if (faults.length > 0 || !range) return;
  for (const [i, text] of except.entries()) {
    const at = path.child("except").index(i);
    yield* judge(text, at);
    const hole = parseCIDRSloppy(text);
    if (hole && (!cidrContains(range, hole) || hole.bits <= range.bits)) {
      yield fieldInvalid(at, text, "must be a strict subset of `cidr`");
    }
  }
}

function* peerFaults(peer: NetworkPolicyPeer, path: FieldPath, kept: ReadonlySet<string>): Generator<FieldError> {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  yield* labelSelectorFaults(podSelector, path.child("podSelector"));
  yield* labelSelectorFaults(namespaceSelector, path.child("namespaceSelector"));
  if (ipBlock !== undefined) yield* blockFaults(ipBlock, path.child("ipBlock"), kept);
  const others = podSelector !== undefined || namespaceSelector !== undefined;
  if (!others && ipBlock === undefined) yield fieldRequired(path, "must specify a peer");
  else if (others && ipBlock !== undefined) yield fieldForbidden(path, "may not specify both ipBlock and another peer");
}

interface Direction {
  readonly ports?: readonly NetworkPolicyPort[] | undefined;
  readonly peers: readonly NetworkPolicyPeer[];
}

const directions = ({ ingress = [], egress = [] }: NetworkPolicySpec): [string, string, readonly Direction[]][] => [
  ["ingress", "from", ingress.map(({ ports, from = [] }) => ({ ports, peers: from }))],
  ["egress", "to", egress.map(({ ports, to = [] }) => ({ ports, peers: to }))],
];

/** Ranges that the object had before may stay as they were written. */
const rangesOf = (spec: NetworkPolicySpec | undefined): ReadonlySet<string> =>
  new Set(
    (spec ? directions(spec) : [])
      .flatMap(([, , rules]) => rules.flatMap(({ peers }) => peers))
      .flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])),
  );

const policyValid: Rule<NetworkPolicy> = function* ({ spec }, { old }) {
  const kept = rangesOf(old?.spec);
  yield* labelSelectorFaults(spec.podSelector, SPEC.child("podSelector"));
  for (const [name, peerName, rules] of directions(spec)) {
    for (const [i, { ports = [], peers }] of rules.entries()) {
      const at = SPEC.child(name).index(i);
      for (const [j, port] of ports.entries()) yield* portFaults(port, at.child("ports").index(j));
      for (const [j, peer] of peers.entries()) yield* peerFaults(peer, at.child(peerName).index(j), kept);
    }
  }
  const { policyTypes = [] } = spec;
  const path = SPEC.child("policyTypes");
  if (policyTypes.length > TYPES.length) {
    return yield fieldInvalid(path, policyTypes, "may not specify more than two policyTypes");
  }
  for (const [i, type] of policyTypes.entries()) {
    if (!TYPES.includes(type)) yield fieldNotAmong(path.index(i), type, TYPES);
  }
};

export const NetworkPolicy = resource<NetworkPolicy>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  shortNames: ["netpol"],
  scope: "Namespaced",
  schema,
  columns: [
    nameColumn,
    {
      name: "Pod-Selector",
      type: "string",
      doc: "The pods that it is about.",
      cell: ({ spec }) => selectorText(spec.podSelector),
    },
    ageColumn,
  ],
  rules: [policyValid],
});
