// What is allowed but surely not meant: warnings, with upstream's words. It refuses nothing.
import { quantityMilliValue } from "../../../../base/quantity.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Container } from "../container.ts";
import { sortedEntries } from "./resources.ts";
import type { SpecRule } from "./spec-rule.ts";

/** Labels that have a newer name. */
const OLD_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const BYTES = new Set(["memory", "ephemeral-storage"]);

function* amountWarnings({ resources }: Container, path: FieldPath): Generator<string> {
  for (const field of ["limits", "requests"] as const) {
    for (const [name, amount] of sortedEntries(resources?.[field])) {
      if (!BYTES.has(name) || quantityMilliValue(amount) % 1000 === 0) continue;
      const at = path.child("resources", field).key(name);
      yield `${at}: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`;
    }
  }
}

function* envWarnings({ env = [] }: Container, path: FieldPath): Generator<string> {
  const names = new Set<string>();
  for (const [i, { name, value }] of env.entries()) {
    // A later variable may well be made of the earlier one of its name.
    if (names.has(name) && !value?.includes(`$(${name})`)) {
      const why = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
      yield `${path.child("env").index(i)}: ${why}`;
    }
    names.add(name);
  }
}

function* portWarnings({ ports = [] }: Container, path: FieldPath): Generator<string> {
  const seen = new Map<string, FieldPath>();
  for (const [i, { containerPort, protocol, hostPort, hostIP }] of ports.entries()) {
    const at = path.child("ports").index(i);
    const key = JSON.stringify([containerPort, protocol, hostPort, hostIP]);
    const before = seen.get(key);
    if (before) yield `${at}: duplicate port definition with ${before}`;
    else seen.set(key, at);
  }
}

const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

export const warnings: SpecRule = function* (spec, { path, metadata, metadataPath, old }) {
  for (const key of Object.keys(spec.nodeSelector ?? {}).sort()) {
    if (Object.hasOwn(OLD_LABELS, key)) yield `${path.child("nodeSelector").key(key)}: ${OLD_LABELS[key]!}`;
  }
  for (const field of ["initContainers", "containers"] as const) {
    for (const [i, container] of (spec[field] ?? []).entries()) {
      const at = path.child(field).index(i);
      yield* amountWarnings(container, at);
      yield* envWarnings(container, at);
      yield* portWarnings(container, at);
      const annotation = APP_ARMOR + container.name;
      if (!old && Object.hasOwn(metadata.annotations ?? {}, annotation)) {
        const where = (metadataPath ?? FieldPath.of("metadata")).child("annotations").key(annotation);
        yield `${where}: deprecated since v1.30; use the "appArmorProfile" field instead`;
      }
    }
  }
  for (const [i, { name }] of (spec.imagePullSecrets ?? []).entries()) {
    if (!name) yield `${path.child("imagePullSecrets").index(i).child("name")}: invalid empty name ""`;
  }
  for (const [i, { gitRepo }] of (spec.volumes ?? []).entries()) {
    if (gitRepo)
      yield `${path.child("volumes").index(i).child("gitRepo")}: deprecated in v1.11, and disabled by default in v1.33+`;
  }
};
