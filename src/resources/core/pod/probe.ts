// Probes of a container and the actions that probes and hooks share. It refuses to run them.
import {
  int32,
  int64,
  intOrString,
  listAtomic,
  object,
  optional,
  pointer,
  required,
  string,
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const ExecAction = object("k8s.io.api.core.v1.ExecAction", {
  command: optional(1, listAtomic(string()), "The program and its arguments; no shell."),
});
export interface ExecAction extends ValueIn<typeof ExecAction> {}

export const HTTPHeader = object("k8s.io.api.core.v1.HTTPHeader", {
  name: required(1, string(), "Name of the header.", { judgedByRule: true }),
  value: required(2, string(), "Value of the header.", { demanded: false }),
});
export interface HTTPHeader extends ValueIn<typeof HTTPHeader> {}

export const HTTPGetAction = object("k8s.io.api.core.v1.HTTPGetAction", {
  path: optional(1, string(), "Path of the request; / if left out.", { default: "/", demanded: true }),
  port: required(2, intOrString(), "Number or name of a port of the container.", { judgedByRule: true }),
  host: optional(3, string(), "Where to connect; the pod's IP if left out."),
  scheme: optional(4, string({ enum: ["HTTP", "HTTPS"] }), "HTTP or HTTPS; HTTP if left out.", { default: "HTTP" }),
  httpHeaders: optional(5, listAtomic(HTTPHeader), "Headers to send; a name may repeat."),
  protocol: pointer(6, string({ enum: ["HTTP1", "HTTP2"] }), "Version of HTTP to speak.", {
    gate: "H2CContainerProbe",
    judgedByRule: true,
  }),
});
export interface HTTPGetAction extends ValueIn<typeof HTTPGetAction> {}

export const TCPSocketAction = object("k8s.io.api.core.v1.TCPSocketAction", {
  port: required(1, intOrString(), "Number or name of a port of the container.", { judgedByRule: true }),
  host: optional(2, string(), "Where to connect; the pod's IP if left out."),
});
export interface TCPSocketAction extends ValueIn<typeof TCPSocketAction> {}

export const GRPCAction = object("k8s.io.api.core.v1.GRPCAction", {
  port: required(1, int32(), "Number of the port.", { judgedByRule: true }),
  service: pointer(2, string(), "Service named in the health request; empty if left out.", {
    default: "",
    always: true,
  }),
  mode: pointer(3, string({ enum: ["Plaintext", "TLS"] }), "Whether to speak TLS.", {
    gate: "GRPCContainerProbeTLS",
    judgedByRule: true,
  }),
});
export interface GRPCAction extends ValueIn<typeof GRPCAction> {}

export const Probe = object(
  "k8s.io.api.core.v1.Probe",
  {
    exec: pointer([1, 1], ExecAction, "Run a program in the container; exit code 0 is success."),
    httpGet: pointer([1, 2], HTTPGetAction, "Make an HTTP request; 200 to 399 is success."),
    tcpSocket: pointer([1, 3], TCPSocketAction, "Open a TCP connection."),
    grpc: pointer([1, 4], GRPCAction, "Ask the gRPC health service."),
    initialDelaySeconds: optional(2, int32(), "Seconds after the start of the container before the first probe."),
    timeoutSeconds: optional(3, int32(), "Seconds until a probe has failed; 1 if left out.", { default: 1 }),
    periodSeconds: optional(4, int32(), "Seconds between probes; 10 if left out.", { default: 10 }),
    successThreshold: optional(5, int32(), "Successes in a row after a failure that count as success; 1 if left out.", {
      default: 1,
    }),
    failureThreshold: optional(6, int32(), "Failures in a row that count as failure; 3 if left out.", { default: 3 }),
    terminationGracePeriodSeconds: pointer(
      7,
      int64(),
      "Grace period when this probe ends the container; the pod's if left out.",
    ),
  },
  { inline: { 1: "k8s.io.api.core.v1.ProbeHandler" } },
);
export interface Probe extends ValueIn<typeof Probe> {}
