// Hooks around the life of a container. It refuses to run them.
import { int64, object, pointer, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { ExecAction, HTTPGetAction, TCPSocketAction } from "./probe.ts";

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
  stopSignal: pointer(
    3,
    string({
      enum: [
        "SIGABRT",
        "SIGALRM",
        "SIGBUS",
        "SIGCHLD",
        "SIGCLD",
        "SIGCONT",
        "SIGFPE",
        "SIGHUP",
        "SIGILL",
        "SIGINT",
        "SIGIO",
        "SIGIOT",
        "SIGKILL",
        "SIGPIPE",
        "SIGPOLL",
        "SIGPROF",
        "SIGPWR",
        "SIGQUIT",
        "SIGRTMAX",
        "SIGRTMAX-1",
        "SIGRTMAX-10",
        "SIGRTMAX-11",
        "SIGRTMAX-12",
        "SIGRTMAX-13",
        "SIGRTMAX-14",
        "SIGRTMAX-2",
        "SIGRTMAX-3",
        "SIGRTMAX-4",
        "SIGRTMAX-5",
        "SIGRTMAX-6",
        "SIGRTMAX-7",
        "SIGRTMAX-8",
        "SIGRTMAX-9",
        "SIGRTMIN",
        "SIGRTMIN+1",
        "SIGRTMIN+10",
        "SIGRTMIN+11",
        "SIGRTMIN+12",
        "SIGRTMIN+13",
        "SIGRTMIN+14",
        "SIGRTMIN+15",
        "SIGRTMIN+2",
        "SIGRTMIN+3",
        "SIGRTMIN+4",
        "SIGRTMIN+5",
        "SIGRTMIN+6",
        "SIGRTMIN+7",
        "SIGRTMIN+8",
        "SIGRTMIN+9",
        "SIGSEGV",
        "SIGSTKFLT",
        "SIGSTOP",
        "SIGSYS",
        "SIGTERM",
        "SIGTRAP",
        "SIGTSTP",
        "SIGTTIN",
        "SIGTTOU",
        "SIGURG",
        "SIGUSR1",
        "SIGUSR2",
        "SIGVTALRM",
        "SIGWINCH",
        "SIGXCPU",
        "SIGXFSZ",
      ],
    }),
    "The signal that ends the container; needs the pod's os.name.",
    { judgedByRule: true, gate: "ContainerStopSignals" },
  ),
});
export interface Lifecycle extends ValueIn<typeof Lifecycle> {}
