// What holds for every container, whichever list it stands in: its ports, and all parts that have a file of their own.
import { formats, portNumberErrors } from "../../../../base/formats.ts";
import { fieldDuplicate, fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { Container } from "../container.ts";
import type { PodSpec } from "../spec.ts";
import { resizePolicyFaults } from "./container-restart.ts";
import { envFaults, envFromFaults } from "./env.ts";
import { deviceFaults, mountFaults } from "./mounts.ts";
import { resourceFaults } from "./resources.ts";
import { securityContextFaults } from "./security-context.ts";

function* portFaults(container: Container, path: FieldPath): Generator<FieldError> {
  const names = new Set<string>();
  for (const [i, { name, containerPort, hostPort }] of (container.ports ?? []).entries()) {
    const at = path.index(i);
    if (name) {
      const wrong = formats.portName(name);
      for (const fault of wrong) yield fieldInvalid(at.child("name"), name, fault);
      if (wrong.length === 0 && names.has(name)) yield fieldDuplicate(at.child("name"), name);
      names.add(name);
    }
    if (!containerPort) yield fieldRequired(at.child("containerPort"));
    else
      for (const fault of portNumberErrors(containerPort))
        yield fieldInvalid(at.child("containerPort"), containerPort, fault);
    if (hostPort)
      for (const fault of portNumberErrors(hostPort)) yield fieldInvalid(at.child("hostPort"), hostPort, fault);
  }
}

/** What holds for every container. */
export function* containerFaults(container: Container, spec: PodSpec, path: FieldPath): Generator<FieldError> {
  const podClaims = (spec.resourceClaims ?? []).map(({ name }) => name);
  yield* portFaults(container, path.child("ports"));
  yield* envFaults(container.env, path.child("env"));
  yield* envFromFaults(container.envFrom, path.child("envFrom"));
  yield* mountFaults(container, spec.volumes, path.child("volumeMounts"));
  yield* deviceFaults(container, spec.volumes, path.child("volumeDevices"));
  yield* resourceFaults(container.resources, podClaims, path.child("resources"));
  yield* resizePolicyFaults(container, spec, path.child("resizePolicy"));
  if (container.securityContext) {
    yield* securityContextFaults(container.securityContext, spec, path.child("securityContext"));
  }
}
