// What only Windows knows, and what it does not: users by domain and name, host processes, the fields of either
// system. It refuses to know credential specs.
import { formats } from "../../../../base/formats.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { WindowsSecurityContextOptions } from "../security-context.ts";
import type { PodSpec } from "../spec.ts";
import { containersOf } from "./spec-rule.ts";
import type { SpecRule } from "./spec-rule.ts";

const MOST_SPEC_KIB = 64;
const MOST_DOMAIN = 256;
const MOST_USER = 104;
const CONTROL = /[\0-\x1f\x7f]/;
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

/** What is wrong with `DOMAIN\user`, where the domain may be left out. */
function* userNameFaults(name: string): Generator<string> {
  if (name === "") return yield "runAsUserName cannot be an empty string";
  if (CONTROL.test(name)) return yield "runAsUserName cannot contain control characters";
  const parts = name.split("\\");
  if (parts.length > 2) return yield "runAsUserName cannot contain more than one backslash";
  const user = parts.at(-1)!;
  const domain = parts.length === 2 ? parts[0]! : undefined;
  if (domain !== undefined) {
    if (domain.length >= MOST_DOMAIN) {
      yield `runAsUserName's Domain length must be under ${MOST_DOMAIN} characters`;
    }
    if (!NET_BIOS.test(domain) && !DNS.test(domain)) {
      yield "runAsUserName's Domain doesn't match the NetBios nor the DNS format";
    }
  }
  if (user === "") yield "runAsUserName's User cannot be empty";
  else if (user.length > MOST_USER) {
    yield `runAsUserName's User length must not be longer than ${MOST_USER} characters`;
  }
  if (/^[. ]+$/.test(user)) yield "runAsUserName's User cannot contain only periods or spaces";
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    yield `runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`;
  }
}

export function* windowsFaults(
  options: WindowsSecurityContextOptions | undefined,
  path: FieldPath,
): Generator<FieldError> {
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options ?? {};
  if (gmsaCredentialSpecName !== undefined) {
    for (const fault of formats.dns1123Subdomain(gmsaCredentialSpecName)) {
      yield fieldInvalid(path.child("gmsaCredentialSpecName"), gmsaCredentialSpecName, fault);
    }
  }
  if (gmsaCredentialSpec !== undefined) {
    const at = path.child("gmsaCredentialSpec");
    if (gmsaCredentialSpec === "") {
      yield fieldInvalid(at, gmsaCredentialSpec, "gmsaCredentialSpec cannot be an empty string");
    } else if (Buffer.byteLength(gmsaCredentialSpec) > MOST_SPEC_KIB * 1024) {
      yield fieldInvalid(at, gmsaCredentialSpec, `gmsaCredentialSpec size must be under ${MOST_SPEC_KIB} KiB`);
    }
  }
  if (runAsUserName === undefined) return;
  for (const fault of userNameFaults(runAsUserName)) {
    yield fieldInvalid(path.child("runAsUserName"), runAsUserName, fault);
  }
}

/** Processes of the host: all containers or none, and in its network. */
export const hostProcesses: SpecRule = function* (spec, { path }) {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let [count, inHost] = [0, 0];
  for (const { container, at } of containersOf(spec, path)) {
    count++;
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const why = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      yield fieldInvalid(at.child("securityContext", "windowsOptions", "hostProcess"), own, why);
    }
    if (own ?? ofPod) inHost++;
  }
  if (inHost === 0) return;
  if (inHost !== count) {
    const why = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    yield fieldInvalid(path, "", why);
  }
  if (!spec.hostNetwork) {
    yield fieldInvalid(
      path.child("hostNetwork"),
      false,
      "hostNetwork must be true if pod contains any hostProcess containers",
    );
  }
};

const CANNOT = "cannot be set for a windows pod";

/** Fields that Windows does not know, in upstream's order; the first kind stands in the spec itself. */
const POD_FIELDS = [
  "appArmorProfile",
  "seLinuxOptions",
  "hostUsers",
  "hostPID",
  "hostIPC",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "shareProcessNamespace",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
] as const;
const CONTAINER_FIELDS = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

function* foreignToLinux(spec: PodSpec, path: FieldPath): Generator<FieldError> {
  const why = "windows options cannot be set for a linux pod";
  if (spec.securityContext?.windowsOptions) yield fieldForbidden(path.child("securityContext", "windowsOptions"), why);
  for (const { container, at } of containersOf(spec, path)) {
    if (!container.securityContext?.windowsOptions) continue;
    yield fieldForbidden(at.child("securityContext", "windowsOptions"), why);
  }
}

function* foreignToWindows(spec: PodSpec, path: FieldPath): Generator<FieldError> {
  for (const field of POD_FIELDS) {
    switch (field) {
      case "hostUsers":
      case "shareProcessNamespace":
        if (spec[field] !== undefined) yield fieldForbidden(path.child(field), CANNOT);
        break;
      case "hostPID":
      case "hostIPC":
        if (spec[field]) yield fieldForbidden(path.child(field), CANNOT);
        break;
      default:
        if (
          spec.securityContext?.[field] !== undefined &&
          (field !== "sysctls" || spec.securityContext.sysctls?.length)
        ) {
          yield fieldForbidden(path.child("securityContext", field), CANNOT);
        }
    }
  }
  for (const { container, at } of containersOf(spec, path)) {
    for (const field of CONTAINER_FIELDS) {
      if (container.securityContext?.[field] === undefined) continue;
      yield fieldForbidden(at.child("securityContext", field), CANNOT);
    }
  }
}

export const operatingSystem: SpecRule = function* (spec, { path }) {
  if (!spec.os) return;
  const { name } = spec.os;
  if (!name) yield fieldRequired(path.child("os", "name"));
  // Upstream names the whole field.
  else if (name !== "linux" && name !== "windows")
    yield fieldNotSupported(path.child("os"), name, ["linux", "windows"]);
  else yield* name === "linux" ? foreignToLinux(spec, path) : foreignToWindows(spec, path);
};
