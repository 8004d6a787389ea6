// Rules that both kinds of events share: which namespace an event may be in, and what newer events must say.
import { formats } from "../../base/formats.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";

/** An event by core's names, whichever kind it came as. */
export interface EventFacts {
  readonly namespace: string;
  readonly aboutNamespace: string;
  readonly eventTime: string | undefined;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly message: string;
}

/** The most bytes of short texts, and of the message. */
const SHORT = 128;
const LONG = 1024;
const ABOUT = FieldPath.of("involvedObject", "namespace");
const MISMATCH = "does not match event.namespace";

/** `controllerField` is how the kind calls the reporting controller. Only newer events have an eventTime. */
export function* eventFaults(event: EventFacts, controllerField: string): Generator<FieldError> {
  const { namespace, aboutNamespace } = event;
  if (event.eventTime === undefined) {
    const fits = aboutNamespace === "" ? namespace === "" || namespace === "default" : namespace === aboutNamespace;
    if (!fits) yield fieldInvalid(ABOUT, aboutNamespace, MISMATCH);
    return;
  }
  // Cluster-scoped objects have their events in one of these.
  if (aboutNamespace === "" && namespace !== "default" && namespace !== "kube-system") {
    yield fieldInvalid(ABOUT, aboutNamespace, MISMATCH);
  }
  const controller = event.reportingController;
  if (controller === "") yield fieldRequired(FieldPath.of(controllerField));
  else
    for (const fault of formats.qualifiedName(controller))
      yield fieldInvalid(FieldPath.of(controllerField), controller, fault);
  for (const field of ["reportingInstance", "action", "reason"] as const) {
    if (event[field] === "") yield fieldRequired(FieldPath.of(field));
    if (Buffer.byteLength(event[field]) > SHORT) yield tooLong(field, SHORT);
  }
  if (Buffer.byteLength(event.message) > LONG) yield tooLong("message", LONG);
}

// The text itself is not shown.
const tooLong = (field: string, most: number) =>
  fieldInvalid(FieldPath.of(field), "", `can have at most ${most} characters`);
