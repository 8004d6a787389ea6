// Rules about a Service's ports: names, numbers, targets, and no two alike.
import { portNumberErrors } from "../../../../base/formats.ts";
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { formatFaults } from "../../../faults.ts";
import { isHeadless } from "../needs.ts";
import type { Service, ServicePort } from "../object.ts";

// Paths and limits
const PORTS = FieldPath.of("spec", "ports");

/** Where the kubelet listens on every node: a load balancer must not reach it by mistake. */
const KUBELET_PORT = 10_250;

/** Only headless services and names do without ports. */
export const portsThere: Rule<Service> = function* ({ spec }) {
  const { ports = [], type } = spec;
  if (ports.length === 0 && type !== "ExternalName" && !isHeadless(spec)) yield fieldRequired(PORTS);
  if (type !== "LoadBalancer") return;
  for (const [i, { port }] of ports.entries()) {
    if (port !== KUBELET_PORT) continue;
    const why = `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`;
    yield fieldInvalid(PORTS.index(i), port, why);
  }
};

/** Several ports need names, to be told apart by endpoints and DNS. */
export const portsValid: Rule<Service> = function* ({ spec }) {
  const { ports = [] } = spec;
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const path = PORTS.index(i);
    const { name = "" } = port;
    if (name !== "") {
      yield* formatFaults(path.child("name"), name, "dns1123Label");
      if (names.has(name)) yield fieldDuplicate(path.child("name"), name);
      names.add(name);
    } else if (ports.length > 1) yield fieldRequired(path.child("name"));
    yield* portFaults(port, path);
  }
};

const PROTOCOLS: readonly string[] = ["SCTP", "TCP", "UDP"];

/** The target is a number or the name of a container's port. */
function* portFaults({ port, protocol, targetPort, appProtocol }: ServicePort, path: FieldPath): Generator<FieldError> {
  for (const fault of portNumberErrors(port)) yield fieldInvalid(path.child("port"), port, fault);
  if (!protocol) yield fieldRequired(path.child("protocol"));
  else if (!PROTOCOLS.includes(protocol)) yield fieldNotSupported(path.child("protocol"), protocol, PROTOCOLS);
  const target = targetPort ?? 0;
  if (typeof target === "string") yield* formatFaults(path.child("targetPort"), target, "portName");
  else for (const fault of portNumberErrors(target)) yield fieldInvalid(path.child("targetPort"), target, fault);
  if (appProtocol !== undefined) yield* formatFaults(path.child("appProtocol"), appProtocol, "qualifiedName");
}

/** None for a ClusterIP; otherwise each once for a protocol. */
export const nodePortsFit: Rule<Service> = function* ({ spec }) {
  const { ports = [], type } = spec;
  if (type === "ClusterIP") {
    for (const [i, { nodePort }] of ports.entries()) {
      if (!nodePort) continue;
      yield fieldForbidden(PORTS.index(i).child("nodePort"), "may not be used when `type` is 'ClusterIP'");
    }
  }
  const taken = new Set<string>();
  for (const [i, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    const key = `${protocol}/${nodePort}`;
    if (taken.has(key)) yield fieldDuplicate(PORTS.index(i).child("nodePort"), nodePort);
    taken.add(key);
  }
};

/** TCP and UDP may share a number, nothing else may: traffic could not be told apart. */
export const portsDiffer: Rule<Service> = function* ({ spec }) {
  const seen = new Set<string>();
  for (const [i, { port, protocol }] of (spec.ports ?? []).entries()) {
    const key = `${protocol}/${port}`;
    if (seen.has(key)) yield fieldDuplicate(PORTS.index(i), { protocol, port });
    seen.add(key);
  }
};
