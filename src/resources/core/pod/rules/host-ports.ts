// Ports of the node that containers take: each once in a pod, and the same as theirs in the node's network.
import { fieldDuplicate, fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { Container } from "../container.ts";

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

/** In the node's network a port of the container is a port of the node. */
export function* hostNetworkFaults(containers: readonly Container[], path: FieldPath): Generator<FieldError> {
  for (const [i, { ports = [] }] of containers.entries()) {
    for (const [j, { hostPort, containerPort }] of ports.entries()) {
      if (!hostPort || hostPort === containerPort) continue;
      const at = path.index(i).child("ports").index(j).child("containerPort");
      yield fieldInvalid(at, containerPort, "must match `hostPort` when `hostNetwork` is true");
    }
  }
}
