// Pod Security levels and the labels of a namespace that choose them. It refuses to judge pods: see evaluate.ts.
// Specification: "Pod Security Admission", "Pod Security Standards".
import { fieldInvalid } from "../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../schema/meta/path.ts";

/** From the most to the least permissive. */
const LEVELS = ["privileged", "baseline", "restricted"] as const;
export type Level = (typeof LEVELS)[number];

/** What is demanded, as of which minor version of Kubernetes 1; Infinity for the latest. */
export interface Standard {
  readonly level: Level;
  readonly minor: number;
}

export interface Policy {
  readonly enforce: Standard;
  readonly audit: Standard;
  readonly warn: Standard;
}

const PERMISSIVE: Standard = { level: "privileged", minor: Infinity };
const PREFIX = "pod-security.kubernetes.io/";

/** `baseline:latest`, `restricted:v1.24`. */
export const standardText = ({ level, minor }: Standard): string =>
  `${level}:${minor === Infinity ? "latest" : `v1.${minor}`}`;

export const sameStandard = (a: Standard, b: Standard): boolean => a.level === b.level && a.minor === b.minor;

/** Positive when `a` demands more than `b`. */
export const compareLevels = (a: Level, b: Level): number => LEVELS.indexOf(a) - LEVELS.indexOf(b);

/**
 * What a namespace asks for, and what is wrong with its labels. A wrong level is enforced as the strictest one, while
 * audit and warnings then say nothing. Warnings follow `enforce` where the labels do not speak of them.
 */
export function policyOf(labels: Readonly<Record<string, string>> = {}): {
  readonly policy: Policy;
  readonly errors: readonly FieldError[];
} {
  const errors: FieldError[] = [];
  const enforce = standardOf(labels, "enforce", "restricted", errors);
  const audit = standardOf(labels, "audit", "privileged", errors);
  let warn = standardOf(labels, "warn", "privileged", errors);
  const valid = levelIn(labels[`${PREFIX}enforce`]) !== undefined;
  const silent = labels[`${PREFIX}warn`] === undefined;
  if (silent && valid && compareLevels(enforce.level, warn.level) > 0) warn = enforce;
  return { policy: { enforce, audit, warn }, errors };
}

const levelIn = (text: string | undefined): Level | undefined => LEVELS.find((one) => one === text);

function standardOf(
  labels: Readonly<Record<string, string>>,
  mode: string,
  whenWrong: Level,
  errors: FieldError[],
): Standard {
  let { level, minor } = PERMISSIVE;
  const refuse = (label: string, value: string, why: string) =>
    errors.push(fieldInvalid(FieldPath.of("metadata", "labels").key(label), value, why));
  const wanted = labels[PREFIX + mode];
  if (wanted !== undefined) {
    const found = levelIn(wanted);
    if (found === undefined) refuse(PREFIX + mode, wanted, `must be one of ${LEVELS.join(", ")}`);
    level = found ?? whenWrong;
  }
  const version = labels[`${PREFIX}${mode}-version`];
  if (version !== undefined && version !== "latest") {
    const found = /^v1\.(0|[1-9][0-9]*)$/.exec(version);
    if (found === null) refuse(`${PREFIX}${mode}-version`, version, 'must be "latest" or "v1.x"');
    else minor = Number(found[1]);
  }
  return { level, minor };
}
