// Hooks around the life of a container. It refuses to run them.
import { int64, object, pointer, required } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { ExecAction, HTTPGetAction, TCPSocketAction } from "./probe.ts";
import { Signal } from "./signal.ts";

export const SleepAction = object("k8s.io.api.core.v1.SleepAction", {
  seconds: required(1, int64(), "How long to wait.", { judgedByRule: true }),
});
export interface SleepAction extends ValueIn<typeof SleepAction> {}

export const LifecycleHandler = object("k8s.io.api.core.v1.LifecycleHandler", {
  exec: pointer(1, ExecAction, "Run a program in the container."),
  httpGet: pointer(2, HTTPGetAction, "Make an HTTP request."),
  tcpSocket: pointer(3, TCPSocketAction, "No longer supported; kept for old objects."),
  sleep: pointer(4, SleepAction, "Wait."),
});
export interface LifecycleHandler extends ValueIn<typeof LifecycleHandler> {}

export const Lifecycle = object("k8s.io.api.core.v1.Lifecycle", {
  postStart: pointer(1, LifecycleHandler, "Run right after the container was made; a failure ends it."),
  preStop: pointer(2, LifecycleHandler, "Run before the container is ended, within the grace period."),
  stopSignal: pointer(3, Signal, "The signal that ends the container; needs the pod's os.name.", {
    judgedByRule: true,
    gate: "ContainerStopSignals",
  }),
});
export interface Lifecycle extends ValueIn<typeof Lifecycle> {}
