// How two pod specs differ, as text for a message. It refuses to be parsed.
import type { PodSpec } from "../spec.ts";

export const specDiff = (_old: PodSpec, _now: PodSpec): string => "";
