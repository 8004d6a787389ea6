// When a container is started again: its own policy, rules by exit code, what a resize does. It refuses to restart
// anything.
import {
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooMany,
} from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { Container } from "../container.ts";
import type { PodSpec } from "../spec.ts";

const POLICIES = ["Always", "Never", "OnFailure"];
const ACTIONS = ["Restart", "RestartAllContainers"];
const OPERATORS = ["In", "NotIn"];
const MOST_RULES = 20;
const MOST_EXIT_CODES = 255;

export function* containerRestartFaults(container: Container, path: FieldPath): Generator<FieldError> {
  const { restartPolicy, restartPolicyRules = [] } = container;
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length > 0) {
      yield fieldRequired(path.child("restartPolicy"), "must specify restartPolicy when restart rules are used");
    }
  } else if (!POLICIES.includes(restartPolicy)) {
    yield fieldNotSupported(path.child("restartPolicy"), restartPolicy, POLICIES);
  }
  const rules = path.child("restartPolicyRules");
  if (restartPolicyRules.length > MOST_RULES) yield fieldTooMany(rules, restartPolicyRules.length, MOST_RULES);
  for (const [i, { action, exitCodes }] of restartPolicyRules.entries()) {
    const at = rules.index(i);
    if (!ACTIONS.includes(action)) yield fieldNotSupported(at.child("action"), action ?? "", ACTIONS);
    if (!exitCodes) {
      yield fieldRequired(at.child("exitCodes"), "must be specified");
      continue;
    }
    const { operator, values = [] } = exitCodes;
    if (!OPERATORS.includes(operator))
      yield fieldNotSupported(at.child("exitCodes", "operator"), operator ?? "", OPERATORS);
    if (values.length > MOST_EXIT_CODES) {
      yield fieldTooMany(at.child("exitCodes", "values"), values.length, MOST_EXIT_CODES);
    }
  }
}

const RESIZABLE = ["cpu", "memory"];
const RESIZE_POLICIES = ["NotRequired", "RestartContainer"];

export function* resizePolicyFaults(container: Container, spec: PodSpec, path: FieldPath): Generator<FieldError> {
  const seen = new Set<string>();
  for (const [i, { resourceName, restartPolicy }] of (container.resizePolicy ?? []).entries()) {
    if (seen.has(resourceName)) yield fieldDuplicate(path.index(i), resourceName);
    seen.add(resourceName);
    if (!resourceName) yield fieldRequired(path);
    else if (!RESIZABLE.includes(resourceName)) yield fieldNotSupported(path, resourceName, RESIZABLE);
    if (!restartPolicy) yield fieldRequired(path);
    else if (!RESIZE_POLICIES.includes(restartPolicy)) yield fieldNotSupported(path, restartPolicy, RESIZE_POLICIES);
    if (spec.restartPolicy === "Never" && restartPolicy !== "NotRequired") {
      yield fieldInvalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
  }
}
