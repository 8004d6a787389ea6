// PriorityClass: a name for a number that ranks pods. It refuses to be put into pods: that is admission.
import { boolean, int32, object, optional, pointer, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { fieldForbidden } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { HIGHEST_USER_PRIORITY, SYSTEM_PREFIX, systemClassFault } from "./priority.ts";

const schema = object(
  "k8s.io.api.scheduling.v1.PriorityClass",
  {
    ...typeMeta,
    metadata,
    value: optional(2, int32(), "The priority; higher goes first.", { always: true }),
    globalDefault: optional(3, boolean(), "Whether pods without a class get this one."),
    description: optional(4, string(), "When to use it."),
    preemptionPolicy: pointer(
      5,
      string({ enum: ["Never", "PreemptLowerPriority"], told: ["PreemptLowerPriority", "Never"] }),
      "Whether its pods displace others.",
      { default: "PreemptLowerPriority", demanded: true, immutable: true },
    ),
  },
  { doc: "A name for a priority among pods." },
);
export interface PriorityClass extends ValueIn<typeof schema> {}

/** The value stays: pods carry copies of it. The system's names and the range above a billion are the system's. */
const valueAllowed: Rule<PriorityClass> = function* ({ metadata, value = 0, globalDefault = false }, { old }) {
  if (old) {
    if ((old.value ?? 0) !== value) yield fieldForbidden(FieldPath.of("value"), "may not be changed in an update.");
    return;
  }
  const { name = "" } = metadata;
  if (name.startsWith(SYSTEM_PREFIX)) {
    const fault = systemClassFault(name, value, globalDefault);
    if (fault === undefined) return;
    const why = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${fault}`;
    yield fieldForbidden(FieldPath.of("metadata", "name"), why);
  } else if (value > HIGHEST_USER_PRIORITY) {
    const why = `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`;
    yield fieldForbidden(FieldPath.of("value"), why);
  }
};

export const PriorityClass = resource<PriorityClass>({
  group: "scheduling.k8s.io",
  version: "v1",
  kind: "PriorityClass",
  plural: "priorityclasses",
  shortNames: ["pc"],
  scope: "Cluster",
  schema,
  // It has a generation that never rises, for the value never changes.
  generationOf: ["value"],
  columns: [
    nameColumn,
    { name: "Value", type: "integer", doc: "The priority.", cell: ({ value = 0 }) => value },
    {
      name: "Global-Default",
      type: "boolean",
      doc: "Whether pods without a class get this one.",
      cell: ({ globalDefault = false }) => globalDefault,
    },
    ageColumn,
    {
      name: "PreemptionPolicy",
      type: "string",
      doc: "Whether its pods displace others.",
      cell: ({ preemptionPolicy = "" }) => preemptionPolicy,
    },
  ],
  rules: [valueAllowed],
});
