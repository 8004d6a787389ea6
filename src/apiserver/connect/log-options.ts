// The options of `pods/log`: judged as upstream does, handed on to the kubelet. It refuses to read logs.
import { fieldForbidden, fieldInvalid } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { invalid } from "../../schema/meta/status.ts";
import { booleanOf } from "../request-info.ts";
import { integerOf } from "../verbs/options.ts";

/** The query for the kubelet, without `?`. Throws 422 for options that contradict themselves. */
export function logQuery(pod: string, query: URLSearchParams): string {
  const errors: FieldError[] = [];
  const tailLines = integerOf(query, "tailLines");
  const limitBytes = integerOf(query, "limitBytes");
  const sinceSeconds = integerOf(query, "sinceSeconds");
  const sinceTime = query.get("sinceTime") ?? "";
  const stream = query.get("stream") ?? "";
  if (tailLines !== undefined && tailLines < 0)
    errors.push(fieldInvalid(FieldPath.of("tailLines"), tailLines, "must be greater than or equal to 0"));
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(fieldInvalid(FieldPath.of("limitBytes"), limitBytes, "must be greater than 0"));
  if (sinceSeconds !== undefined && sinceTime !== "")
    errors.push(fieldForbidden(FieldPath.root, "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    errors.push(fieldInvalid(FieldPath.of("sinceSeconds"), sinceSeconds, "must be greater than 0"));
  // The choice of a stream is behind a gate that is off (PodLogsQuerySplitStreams).
  if (stream !== "") errors.push(fieldForbidden(FieldPath.of("stream"), "may not be specified"));
  if (errors.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, pod, errors);
  const handed = new URLSearchParams();
  for (const flag of ["follow", "previous", "timestamps"]) if (booleanOf(query.get(flag))) handed.set(flag, "true");
  for (const name of ["sinceSeconds", "sinceTime", "tailLines", "limitBytes"]) {
    const value = query.get(name);
    if (value) handed.set(name, value);
  }
  return handed.toString();
}
