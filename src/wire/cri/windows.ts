// The Windows halves of sandbox and container configuration, so that no field of the CRI is lost.
// It refuses to be complete about statistics (windows-stats.ts).
import { field, message } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bool, string } from "../protobuf/scalar.ts";
import { WindowsContainerResources } from "./resources.ts";
import { NamespaceMode } from "./security.ts";

export const WindowsNamespaceOption = message("runtime.v1.WindowsNamespaceOption", {
  network: field(1, NamespaceMode),
});
export interface WindowsNamespaceOption extends MessageIn<typeof WindowsNamespaceOption> {}

export const WindowsSandboxSecurityContext = message("runtime.v1.WindowsSandboxSecurityContext", {
  runAsUsername: field(1, string),
  credentialSpec: field(2, string),
  hostProcess: field(3, bool),
  namespaceOptions: field(4, WindowsNamespaceOption),
});
export interface WindowsSandboxSecurityContext extends MessageIn<typeof WindowsSandboxSecurityContext> {}

export const WindowsPodSandboxConfig = message("runtime.v1.WindowsPodSandboxConfig", {
  securityContext: field(1, WindowsSandboxSecurityContext),
});
export interface WindowsPodSandboxConfig extends MessageIn<typeof WindowsPodSandboxConfig> {}

export const WindowsContainerSecurityContext = message("runtime.v1.WindowsContainerSecurityContext", {
  runAsUsername: field(1, string),
  credentialSpec: field(2, string),
  hostProcess: field(3, bool),
});
export interface WindowsContainerSecurityContext extends MessageIn<typeof WindowsContainerSecurityContext> {}

export const WindowsContainerConfig = message("runtime.v1.WindowsContainerConfig", {
  resources: field(1, WindowsContainerResources),
  securityContext: field(2, WindowsContainerSecurityContext),
});
export interface WindowsContainerConfig extends MessageIn<typeof WindowsContainerConfig> {}
