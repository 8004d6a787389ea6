// Probes and hooks: each has one action, and numbers that make sense. It refuses to run them.
import { formats, portNumberErrors } from "../../../../base/formats.ts";
import { fieldForbidden, fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { Container } from "../container.ts";
import type { LifecycleHandler } from "../lifecycle.ts";
import type { Probe } from "../probe.ts";

function* portFaults(port: string | number, path: FieldPath): Generator<FieldError> {
  const found = typeof port === "number" ? portNumberErrors(port) : formats.portName(port);
  for (const fault of found) yield fieldInvalid(path, port, fault);
}

type Handler = Pick<Probe, "exec" | "httpGet" | "tcpSocket" | "grpc"> & Pick<LifecycleHandler, "sleep">;

/** Judges what is there of each kind of action; the caller says that there may be but one. */
const ACTIONS: {
  readonly [K in keyof Required<Handler>]: (handler: Handler, path: FieldPath, grace: number) => Iterable<FieldError>;
} = {
  *exec({ exec }, path) {
    if (!exec?.command?.length) yield fieldRequired(path.child("command"));
  },
  *httpGet({ httpGet }, path) {
    yield* portFaults(httpGet!.port, path.child("port"));
    for (const { name } of httpGet!.httpHeaders ?? []) {
      for (const fault of formats.httpHeaderName(name)) yield fieldInvalid(path.child("httpHeaders"), name, fault);
    }
  },
  *tcpSocket({ tcpSocket }, path) {
    yield* portFaults(tcpSocket!.port, path.child("port"));
  },
  *grpc({ grpc }, path) {
    yield* portFaults(grpc!.port, path.child("port"));
  },
  *sleep({ sleep }, path, grace) {
    const { seconds } = sleep!;
    if (seconds >= 0 && seconds <= grace) return;
    yield fieldInvalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`);
  },
};

/** Exactly one action. `grace` is the pod's grace period in seconds. */
export function* handlerFaults(handler: Handler, path: FieldPath, grace: number): Generator<FieldError> {
  let count = 0;
  for (const kind of ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const) {
    if (handler[kind] === undefined) continue;
    if (count++ > 0) yield fieldForbidden(path.child(kind), "may not specify more than 1 handler type");
    else yield* ACTIONS[kind](handler, path.child(kind), grace);
  }
  if (count === 0) yield fieldRequired(path, "must specify a handler type");
}

const COUNTS = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

function* probeFaults(probe: Probe, path: FieldPath, grace: number): Generator<FieldError> {
  yield* handlerFaults(probe, path, grace);
  for (const field of COUNTS) {
    const count = probe[field] ?? 0;
    if (count < 0) yield fieldInvalid(path.child(field), count, "must be greater than or equal to 0");
  }
  const own = probe.terminationGracePeriodSeconds;
  if (own !== undefined && own <= 0) {
    yield fieldInvalid(path.child("terminationGracePeriodSeconds"), own, "must be greater than 0");
  }
}

/** Only readiness may ask for several successes: the others decide once. */
function* decidesOnce(probe: Probe, path: FieldPath): Generator<FieldError> {
  if (probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    yield fieldInvalid(path.child("successThreshold"), probe.successThreshold, "must be 1");
  }
}

export function* containerProbeFaults(container: Container, path: FieldPath, grace: number): Generator<FieldError> {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle?.postStart) yield* handlerFaults(lifecycle.postStart, path.child("lifecycle", "postStart"), grace);
  if (lifecycle?.preStop) yield* handlerFaults(lifecycle.preStop, path.child("lifecycle", "preStop"), grace);
  if (livenessProbe) {
    const at = path.child("livenessProbe");
    yield* probeFaults(livenessProbe, at, grace);
    yield* decidesOnce(livenessProbe, at);
  }
  if (readinessProbe) {
    const at = path.child("readinessProbe");
    const { terminationGracePeriodSeconds, ...rest } = readinessProbe;
    yield* probeFaults(rest, at, grace);
    if (terminationGracePeriodSeconds !== undefined) {
      const why = "must not be set for readinessProbes";
      yield fieldInvalid(at.child("terminationGracePeriodSeconds"), terminationGracePeriodSeconds, why);
    }
  }
  if (startupProbe) {
    const at = path.child("startupProbe");
    yield* probeFaults(startupProbe, at, grace);
    yield* decidesOnce(startupProbe, at);
  }
}
