// What the kubelet asks of a container, as CRI messages.
// It refuses to be the calls about containers (container.ts).
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bool, bytes, enumeration, string, uint32 } from "../protobuf/scalar.ts";
import { ImageSpec } from "./image.ts";
import { LinuxContainerResources } from "./resources.ts";
import { IDMapping, LinuxContainerSecurityContext } from "./security.ts";
import { WindowsContainerConfig } from "./windows.ts";

/** The container's name in the pod, and its number of restarts. */
export const ContainerMetadata = message("runtime.v1.ContainerMetadata", {
  name: field(1, string),
  attempt: field(2, uint32),
});
export interface ContainerMetadata extends MessageIn<typeof ContainerMetadata> {}

/** Bytes: an environment variable need not be UTF-8. */
export const KeyValue = message("runtime.v1.KeyValue", {
  key: field(1, string),
  value: field(2, bytes),
});
export interface KeyValue extends MessageIn<typeof KeyValue> {}

/** Whether later mounts below it show on the other side. */
export const MountPropagation = enumeration({
  PROPAGATION_PRIVATE: 0,
  PROPAGATION_HOST_TO_CONTAINER: 1,
  PROPAGATION_BIDIRECTIONAL: 2,
});
export type MountPropagation = keyof typeof MountPropagation.numbers;

/** A `hostPath`, or an `image` (image volumes, containerd 2.1). `recursiveReadOnly` needs `readonly` and PRIVATE. */
export const Mount = message("runtime.v1.Mount", {
  containerPath: field(1, string),
  hostPath: field(2, string),
  readonly: field(3, bool),
  selinuxRelabel: field(4, bool),
  propagation: field(5, MountPropagation),
  uidMappings: field(6, repeated(IDMapping)),
  gidMappings: field(7, repeated(IDMapping)),
  recursiveReadOnly: field(8, bool),
  image: field(9, ImageSpec),
  imageSubPath: field(10, string),
  mountOptions: field(11, repeated(string)),
});
export interface Mount extends MessageIn<typeof Mount> {}

/** `permissions` out of r, w, m. */
export const Device = message("runtime.v1.Device", {
  containerPath: field(1, string),
  hostPath: field(2, string),
  permissions: field(3, string),
});
export interface Device extends MessageIn<typeof Device> {}

/** A device by its Container Device Interface name, `vendor/class=name`. */
export const CDIDevice = message("runtime.v1.CDIDevice", {
  name: field(1, string),
});
export interface CDIDevice extends MessageIn<typeof CDIDevice> {}

export const LinuxContainerConfig = message("runtime.v1.LinuxContainerConfig", {
  resources: field(1, LinuxContainerResources),
  securityContext: field(2, LinuxContainerSecurityContext),
});
export interface LinuxContainerConfig extends MessageIn<typeof LinuxContainerConfig> {}

/** The signal that asks the container to end. The numbers are the CRI's own, not the kernel's. */
export const Signal = enumeration({
  SIGNAL_RUNTIME_DEFAULT: 0,
  SIGNAL_SIGABRT: 1,
  SIGNAL_SIGALRM: 2,
  SIGNAL_SIGBUS: 3,
  SIGNAL_SIGCHLD: 4,
  SIGNAL_SIGCLD: 5,
  SIGNAL_SIGCONT: 6,
  SIGNAL_SIGFPE: 7,
  SIGNAL_SIGHUP: 8,
  SIGNAL_SIGILL: 9,
  SIGNAL_SIGINT: 10,
  SIGNAL_SIGIO: 11,
  SIGNAL_SIGIOT: 12,
  SIGNAL_SIGKILL: 13,
  SIGNAL_SIGPIPE: 14,
  SIGNAL_SIGPOLL: 15,
  SIGNAL_SIGPROF: 16,
  SIGNAL_SIGPWR: 17,
  SIGNAL_SIGQUIT: 18,
  SIGNAL_SIGSEGV: 19,
  SIGNAL_SIGSTKFLT: 20,
  SIGNAL_SIGSTOP: 21,
  SIGNAL_SIGSYS: 22,
  SIGNAL_SIGTERM: 23,
  SIGNAL_SIGTRAP: 24,
  SIGNAL_SIGTSTP: 25,
  SIGNAL_SIGTTIN: 26,
  SIGNAL_SIGTTOU: 27,
  SIGNAL_SIGURG: 28,
  SIGNAL_SIGUSR1: 29,
  SIGNAL_SIGUSR2: 30,
  SIGNAL_SIGVTALRM: 31,
  SIGNAL_SIGWINCH: 32,
  SIGNAL_SIGXCPU: 33,
  SIGNAL_SIGXFSZ: 34,
  SIGNAL_SIGRTMIN: 35,
  SIGNAL_SIGRTMINPLUS1: 36,
  SIGNAL_SIGRTMINPLUS2: 37,
  SIGNAL_SIGRTMINPLUS3: 38,
  SIGNAL_SIGRTMINPLUS4: 39,
  SIGNAL_SIGRTMINPLUS5: 40,
  SIGNAL_SIGRTMINPLUS6: 41,
  SIGNAL_SIGRTMINPLUS7: 42,
  SIGNAL_SIGRTMINPLUS8: 43,
  SIGNAL_SIGRTMINPLUS9: 44,
  SIGNAL_SIGRTMINPLUS10: 45,
  SIGNAL_SIGRTMINPLUS11: 46,
  SIGNAL_SIGRTMINPLUS12: 47,
  SIGNAL_SIGRTMINPLUS13: 48,
  SIGNAL_SIGRTMINPLUS14: 49,
  SIGNAL_SIGRTMINPLUS15: 50,
  SIGNAL_SIGRTMAXMINUS14: 51,
  SIGNAL_SIGRTMAXMINUS13: 52,
  SIGNAL_SIGRTMAXMINUS12: 53,
  SIGNAL_SIGRTMAXMINUS11: 54,
  SIGNAL_SIGRTMAXMINUS10: 55,
  SIGNAL_SIGRTMAXMINUS9: 56,
  SIGNAL_SIGRTMAXMINUS8: 57,
  SIGNAL_SIGRTMAXMINUS7: 58,
  SIGNAL_SIGRTMAXMINUS6: 59,
  SIGNAL_SIGRTMAXMINUS5: 60,
  SIGNAL_SIGRTMAXMINUS4: 61,
  SIGNAL_SIGRTMAXMINUS3: 62,
  SIGNAL_SIGRTMAXMINUS2: 63,
  SIGNAL_SIGRTMAXMINUS1: 64,
  SIGNAL_SIGRTMAX: 65,
});
export type Signal = keyof typeof Signal.numbers;

/** `command` replaces the image's entry point, `args` its command. `logPath` is below the sandbox's `logDirectory`. */
export const ContainerConfig = message("runtime.v1.ContainerConfig", {
  metadata: field(1, ContainerMetadata),
  image: field(2, ImageSpec),
  command: field(3, repeated(string)),
  args: field(4, repeated(string)),
  workingDir: field(5, string),
  envs: field(6, repeated(KeyValue)),
  mounts: field(7, repeated(Mount)),
  devices: field(8, repeated(Device)),
  labels: field(9, map(string, string)),
  annotations: field(10, map(string, string)),
  logPath: field(11, string),
  stdin: field(12, bool),
  stdinOnce: field(13, bool),
  tty: field(14, bool),
  linux: field(15, LinuxContainerConfig),
  windows: field(16, WindowsContainerConfig),
  cdiDevices: field(17, repeated(CDIDevice)),
  stopSignal: field(18, Signal),
});
export interface ContainerConfig extends MessageIn<typeof ContainerConfig> {}
