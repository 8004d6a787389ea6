// Ports of the node that containers take: each once in a pod, and the same as theirs in the node's network.
import { fieldDuplicate, fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { Container } from "../container.ts";
import type { SpecRule } from "./spec-rule.ts";

/** The same port of the node can be taken once in a pod. */
export function* hostPortFaults(containers: readonly Container[], path: FieldPath): Generator<FieldError> {
  const taken = new Set<string>();
  for (const [i, { ports = [] }] of containers.entries()) {
    for (const [j, { hostPort, hostIP = "", protocol = "TCP" }] of ports.entries()) {
      if (!hostPort) continue;
      const text = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(text)) yield fieldDuplicate(path.index(i).child("ports").index(j).child("hostPort"), text);
      taken.add(text);
    }
  }
}

/** In the node's network a port of the container is a port of the node; templates may leave it to their pods' defaults. */
export const hostNetworkPorts: SpecRule = function* (spec, { path, ofPod }) {
  if (!spec.hostNetwork) return;
  for (const [i, { ports = [] }] of (spec.containers ?? []).entries()) {
    for (const [j, { hostPort = 0, containerPort }] of ports.entries()) {
      if (hostPort === containerPort || (hostPort === 0 && !ofPod)) continue;
      const at = path.child("containers").index(i).child("ports").index(j).child("hostPort");
      yield fieldInvalid(at, hostPort, "must match `containerPort` when `hostNetwork` is true");
    }
  }
};
