// Container: one program of a pod, with its ports, mounts and restart rules. It refuses to know how it is run.
import {
  boolean,
  int32,
  listAtomic,
  listMap,
  listSet,
  object,
  optional,
  pointer,
  required,
  string,
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { hostPortOnHostNetwork, pullPolicyByTag } from "./defaults.ts";
import { EnvFromSource, EnvVar } from "./env.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Probe } from "./probe.ts";
import { containerResources } from "./resources.ts";
import { SecurityContext } from "./security-context.ts";

export const ContainerPort = object("k8s.io.api.core.v1.ContainerPort", {
  name: optional(1, string(), "A name for the port, unique in the pod."),
  hostPort: optional(2, int32(), "The port of the node that leads here.", { default: hostPortOnHostNetwork }),
  containerPort: required(3, int32(), "The port that the container listens on.", { judgedByRule: true }),
  protocol: optional(4, string({ enum: ["SCTP", "TCP", "UDP"] }), "UDP, TCP or SCTP; TCP if left out.", {
    default: "TCP",
  }),
  hostIP: optional(5, string(), "The address of the node to bind hostPort to."),
});
export interface ContainerPort extends ValueIn<typeof ContainerPort> {}

export const ContainerResizePolicy = object("k8s.io.api.core.v1.ContainerResizePolicy", {
  resourceName: required(1, string(), "Which resource: cpu or memory.", { judgedByRule: true }),
  restartPolicy: required(2, string(), "Whether a change of it restarts the container.", { judgedByRule: true }),
});
export interface ContainerResizePolicy extends ValueIn<typeof ContainerResizePolicy> {}

export const ContainerRestartRuleOnExitCodes = object("k8s.io.api.core.v1.ContainerRestartRuleOnExitCodes", {
  operator: required(1, string(), "How the exit code is compared with values: In or NotIn.", {
    judgedByRule: true,
    always: false,
  }),
  values: optional(2, listSet(int32()), "Exit codes; at most 255 of them.", { judgedByRule: true }),
});
export interface ContainerRestartRuleOnExitCodes extends ValueIn<typeof ContainerRestartRuleOnExitCodes> {}

export const ContainerRestartRule = object("k8s.io.api.core.v1.ContainerRestartRule", {
  action: required(1, string(), "What to do when the rule matches: Restart or RestartAllContainers.", {
    judgedByRule: true,
    always: false,
  }),
  exitCodes: pointer(2, ContainerRestartRuleOnExitCodes, "The exit codes that this rule is about."),
});
export interface ContainerRestartRule extends ValueIn<typeof ContainerRestartRule> {}

export const VolumeMount = object("k8s.io.api.core.v1.VolumeMount", {
  name: required(1, string(), "A volume of the pod.", { judgedByRule: true }),
  readOnly: optional(2, boolean(), "Mounted for reading only."),
  recursiveReadOnly: pointer(7, string(), "Whether mounts below are read-only too: Disabled, IfPossible or Enabled."),
  mountPath: required(3, string(), "Where the volume appears in the container; no colon.", { judgedByRule: true }),
  subPath: optional(4, string(), "Path within the volume instead of its root."),
  mountPropagation: pointer(
    5,
    string({ enum: ["Bidirectional", "HostToContainer", "None"] }),
    "Whether mounts travel between host and container; None if left out.",
    { judgedByRule: true },
  ),
  subPathExpr: optional(6, string(), "As subPath, with $(NAME) expanded from the environment."),
  bindMountOptions: optional(8, listSet(string()), "Options of the bind mount.", {
    gate: "VolumeBindMountOptions",
    judgedByRule: true,
  }),
});
export interface VolumeMount extends ValueIn<typeof VolumeMount> {}

export const VolumeDevice = object("k8s.io.api.core.v1.VolumeDevice", {
  name: required(1, string(), "A volume of the pod that is a block device.", { judgedByRule: true }),
  devicePath: required(2, string(), "Where the device appears in the container.", { judgedByRule: true }),
});
export interface VolumeDevice extends ValueIn<typeof VolumeDevice> {}

/** Ephemeral containers have these fields too, in a message of their own. */
export const containerFields = {
  name: required(1, string({ format: "dns1123Label" }), "Names the container within the pod."),
  image: optional(2, string(), "The image to run.", { demanded: true }),
  command: optional(3, listAtomic(string()), "Program in place of the image's entry point; $(NAME) is expanded."),
  args: optional(4, listAtomic(string()), "Arguments in place of the image's; $(NAME) is expanded."),
  workingDir: optional(5, string(), "Working directory; the image's if left out."),
  ports: optional(6, listMap(ContainerPort, ["containerPort", "protocol"]), "Ports that the container listens on.", {
    merge: { strategy: ["merge"], key: "containerPort" },
    judgedByRule: true,
  }),
  envFrom: optional(
    19,
    listAtomic(EnvFromSource),
    "Objects whose keys all become variables; later ones win, env wins over all.",
  ),
  env: optional(7, listMap(EnvVar, ["name"]), "Environment variables.", {
    merge: { strategy: ["merge"], key: "name" },
    judgedByRule: true,
  }),
  resources: optional(8, containerResources, "What the container asks for and may use."),
  resizePolicy: optional(
    23,
    listAtomic(ContainerResizePolicy),
    "Per resource, whether a resize restarts the container.",
    { gate: "InPlacePodVerticalScaling" },
  ),
  restartPolicy: pointer(24, string(), "Its own restart policy; Always makes an init container a sidecar.", {
    judgedByRule: true,
  }),
  restartPolicyRules: optional(
    25,
    listAtomic(ContainerRestartRule),
    "Rules by exit code, the first that matches decides; needs restartPolicy.",
    { gate: "ContainerRestartRules" },
  ),
  volumeMounts: optional(9, listMap(VolumeMount, ["mountPath"]), "Volumes mounted into the container.", {
    merge: { strategy: ["merge"], key: "mountPath" },
    judgedByRule: true,
  }),
  volumeDevices: optional(21, listMap(VolumeDevice, ["devicePath"]), "Block devices that the container sees.", {
    merge: { strategy: ["merge"], key: "devicePath" },
    judgedByRule: true,
  }),
  livenessProbe: pointer(10, Probe, "The container is restarted when this fails."),
  readinessProbe: pointer(11, Probe, "The container gets no traffic while this fails."),
  startupProbe: pointer(22, Probe, "Holds the other probes back until it succeeds."),
  lifecycle: pointer(12, Lifecycle, "Hooks at the start and the end."),
  terminationMessagePath: optional(
    13,
    string(),
    "File whose text becomes the message at the end; /dev/termination-log if left out.",
    { default: "/dev/termination-log" },
  ),
  terminationMessagePolicy: optional(
    20,
    string({ enum: ["FallbackToLogsOnError", "File"], told: ["File", "FallbackToLogsOnError"] }),
    "Where that message comes from: File or FallbackToLogsOnError.",
    { default: "File" },
  ),
  imagePullPolicy: optional(
    14,
    string({ enum: ["Always", "IfNotPresent", "Never"] }),
    "Always, Never or IfNotPresent; by the tag of the image if left out.",
    { default: pullPolicyByTag },
  ),
  securityContext: pointer(15, SecurityContext, "How the container is confined; wins over the pod's."),
  stdin: optional(16, boolean(), "Keep a buffer for standard input."),
  stdinOnce: optional(17, boolean(), "Close standard input after the first client left."),
  tty: optional(18, boolean(), "Give the container a terminal; needs stdin."),
};

export const Container = object("k8s.io.api.core.v1.Container", containerFields);
export interface Container extends ValueIn<typeof Container> {}
