// Containers, init containers and ephemeral containers: what all of them must be, and what each may not. It refuses to
// judge parts that have a file of their own (env, mounts, probes, resources, security).
import { formats, portNumberErrors } from "../../../../base/formats.ts";
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldRequired,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { Container } from "../container.ts";
import type { PodSpec } from "../spec.ts";
import { containerRestartFaults, resizePolicyFaults } from "./container-restart.ts";
import { envFaults, envFromFaults } from "./env.ts";
import { deviceFaults, mountFaults } from "./mounts.ts";
import { containerProbeFaults } from "./probes.ts";
import { resourceFaults } from "./resources.ts";
import { securityContextFaults } from "./security-context.ts";
import type { SpecRule } from "./spec-rule.ts";

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

/** The same port of the node can be taken once in a pod. */
function* hostPortFaults(containers: readonly Container[], path: FieldPath): Generator<FieldError> {
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
function* hostNetworkFaults(containers: readonly Container[], path: FieldPath): Generator<FieldError> {
  for (const [i, { ports = [] }] of containers.entries()) {
    for (const [j, { hostPort, containerPort }] of ports.entries()) {
      if (!hostPort || hostPort === containerPort) continue;
      const at = path.index(i).child("ports").index(j).child("containerPort");
      yield fieldInvalid(at, containerPort, "must match `hostPort` when `hostNetwork` is true");
    }
  }
}

/** Pods may not have blanks around an image; templates always could. */
function* imageFaults(containers: readonly Container[], path: FieldPath): Generator<FieldError> {
  for (const [i, { image = "" }] of containers.entries()) {
    if (image === image.trim()) continue;
    yield fieldInvalid(path.index(i).child("image"), image, "must not have leading or trailing whitespace");
  }
}

export const containers: SpecRule = function* (spec, { path }) {
  const at = path.child("containers");
  const names = new Set<string>();
  if (!spec.containers?.length) return yield fieldRequired(at);
  for (const [i, container] of spec.containers.entries()) {
    const here = at.index(i);
    yield* containerFaults(container, spec, here);
    if (container.name && names.has(container.name)) yield fieldDuplicate(here.child("name"), container.name);
    names.add(container.name);
    yield* containerProbeFaults(container, here, spec.terminationGracePeriodSeconds ?? 30);
    yield* containerRestartFaults(container, here);
  }
  yield* hostPortFaults(spec.containers, at);
  if (spec.hostNetwork) yield* hostNetworkFaults(spec.containers, at);
};

const INIT_ONLY_SIDECARS = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

export const initContainers: SpecRule = function* (spec, { path }) {
  const at = path.child("initContainers");
  const names = new Set(spec.containers?.map(({ name }) => name));
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    const here = at.index(i);
    const sidecar = container.restartPolicy === "Always";
    yield* containerFaults(container, spec, here);
    yield* containerRestartFaults(container, here);
    if (container.name && names.has(container.name)) yield fieldDuplicate(here.child("name"), container.name);
    names.add(container.name);
    yield* hostPortFaults([container], at);
    if (sidecar) yield* containerProbeFaults(container, here, spec.terminationGracePeriodSeconds ?? 30);
    else {
      for (const field of INIT_ONLY_SIDECARS) {
        if (container[field] === undefined) continue;
        yield fieldForbidden(here.child(field), "may not be set for init containers without restartPolicy=Always");
      }
    }
  }
  if (spec.hostNetwork) yield* hostNetworkFaults(spec.initContainers ?? [], at);
};

export const imagesWithoutBlanks: SpecRule = function* (spec, { path, ofPod }) {
  if (!ofPod) return;
  yield* imageFaults(spec.containers ?? [], path.child("containers"));
  yield* imageFaults(spec.initContainers ?? [], path.child("initContainers"));
};

/** Fields that a container to look around with may not have. */
const NOT_EPHEMERAL = [
  "ports",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
] as const;

const isSet = (value: unknown) =>
  value !== undefined &&
  (Array.isArray(value) ? value.length > 0 : typeof value !== "object" || Object.keys(value!).length > 0);

export const ephemeralContainers: SpecRule = function* (spec, { path }) {
  const at = path.child("ephemeralContainers");
  const targets = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(targets);
  for (const [i, container] of (spec.ephemeralContainers ?? []).entries()) {
    const here = at.index(i);
    const { targetContainerName: target, volumeMounts = [] } = container;
    yield* containerFaults(container, spec, here);
    if (container.name && names.has(container.name)) yield fieldDuplicate(here.child("name"), container.name);
    names.add(container.name);
    if (target && !targets.has(target)) yield fieldNotFound(here.child("targetContainerName"), target);
    for (const field of NOT_EPHEMERAL) {
      if (isSet(container[field])) yield fieldForbidden(here.child(field), "cannot be set for an Ephemeral Container");
    }
    for (const [j, mount] of volumeMounts.entries()) {
      const mountAt = here.child("volumeMounts").index(j);
      if (mount.subPath) yield fieldForbidden(mountAt.child("subPath"), "cannot be set for an Ephemeral Container");
      if (mount.subPathExpr)
        yield fieldForbidden(mountAt.child("subPathExpr"), "cannot be set for an Ephemeral Container");
    }
  }
};
