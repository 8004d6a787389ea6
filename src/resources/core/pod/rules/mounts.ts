// Where volumes appear in a container: mounts and block devices. It refuses to judge the volumes (volumes.ts does).
import {
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldNotSupported,
  fieldRequired,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { Container, VolumeMount } from "../container.ts";
import type { Volume } from "../volume.ts";
import { soundVolumes } from "./volumes.ts";
import { descending } from "./spec-rule.ts";

const PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"];
const RECURSIVE = ["Disabled", "Enabled", "IfPossible"];

function* propagationFaults(mode: string, container: Container, path: FieldPath): Generator<FieldError> {
  if (!PROPAGATIONS.includes(mode)) yield fieldNotSupported(path, mode, PROPAGATIONS);
  else if (mode === "Bidirectional" && !container.securityContext?.privileged) {
    yield fieldForbidden(path, "Bidirectional mount propagation is available only to privileged containers");
  }
}

function* recursiveFaults(
  { recursiveReadOnly, readOnly, mountPropagation }: VolumeMount,
  path: FieldPath,
): Generator<FieldError> {
  if (recursiveReadOnly === undefined || recursiveReadOnly === "Disabled") return;
  if (!RECURSIVE.includes(recursiveReadOnly)) return yield fieldNotSupported(path, recursiveReadOnly, RECURSIVE);
  if (!readOnly) yield fieldForbidden(path, "may only be specified when readOnly is true");
  if (mountPropagation !== undefined && mountPropagation !== "None") {
    yield fieldForbidden(path, "may only be specified when mountPropagation is None or not specified");
  }
}

/** `path` is that of the list: some of upstream's messages name the list where they mean an item. */
export function* mountFaults(
  container: Container,
  volumes: readonly Volume[] | undefined,
  path: FieldPath,
): Generator<FieldError> {
  const { volumeMounts = [], volumeDevices = [] } = container;
  const there = volumeMounts.length > 0 ? soundVolumes(volumes) : undefined;
  const paths = new Set<string>();
  for (const [i, mount] of volumeMounts.entries()) {
    const at = path.index(i);
    const { name, mountPath, subPath, subPathExpr, mountPropagation } = mount;
    if (!name) yield fieldRequired(at.child("name"));
    if (!there?.has(name ?? "")) yield fieldNotFound(at.child("name"), name ?? "");
    if (!mountPath) yield fieldRequired(at.child("mountPath"));
    if (paths.has(mountPath)) yield fieldInvalid(at.child("mountPath"), mountPath, "must be unique");
    paths.add(mountPath);
    if (volumeDevices.some((device) => device.name === name)) {
      yield fieldInvalid(at.child("name"), name, "must not already exist in volumeDevices");
    }
    if (volumeDevices.some((device) => device.devicePath === mountPath)) {
      yield fieldInvalid(at.child("mountPath"), mountPath, "must not already exist as a path in volumeDevices");
    }
    if (subPath) yield* descending(path.child("subPath"), subPath);
    if (subPathExpr) {
      if (subPath)
        yield fieldInvalid(at.child("subPathExpr"), subPathExpr, "subPathExpr and subPath are mutually exclusive");
      yield* descending(path.child("subPathExpr"), subPathExpr);
    }
    if (mountPropagation !== undefined)
      yield* propagationFaults(mountPropagation, container, path.child("mountPropagation"));
    yield* recursiveFaults(mount, path.child("recursiveReadOnly"));
  }
}

export function* deviceFaults(
  container: Container,
  volumes: readonly Volume[] | undefined,
  path: FieldPath,
): Generator<FieldError> {
  const { volumeMounts = [], volumeDevices = [] } = container;
  const there = volumeDevices.length > 0 ? soundVolumes(volumes) : undefined;
  const paths = new Set<string>();
  const names = new Set<string>();
  for (const [i, { name, devicePath }] of volumeDevices.entries()) {
    const at = path.index(i);
    const volume = there?.get(name ?? "");
    if (!name) yield fieldRequired(at.child("name"));
    else if (names.has(name)) yield fieldInvalid(at.child("name"), name, "must be unique");
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      const why = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      yield fieldInvalid(at.child("name"), name, why);
    }
    if (!volume) yield fieldNotFound(at.child("name"), name ?? "");
    if (!devicePath) yield fieldRequired(at.child("devicePath"));
    if (paths.has(devicePath)) yield fieldInvalid(at.child("devicePath"), devicePath ?? "", "must be unique");
    if (devicePath?.split("/").includes("..")) {
      yield fieldInvalid(at.child("devicePath"), devicePath, "can not contain backsteps ('..')");
    } else paths.add(devicePath);
    if (volumeMounts.some((mount) => mount.name === name)) {
      yield fieldInvalid(at.child("name"), name, "must not already exist in volumeMounts");
    }
    if (volumeMounts.some((mount) => mount.mountPath === devicePath)) {
      yield fieldInvalid(at.child("devicePath"), devicePath, "must not already exist as a path in volumeMounts");
    }
    if (name) names.add(name);
  }
}
