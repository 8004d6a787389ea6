// What a new pod may not have though a later version of it may. It refuses to judge updates (update.ts does).
import { fieldForbidden } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { annotatedProfileFaults } from "./annotated-profiles.ts";
import type { Pod } from "../object.ts";

const SPEC = FieldPath.of("spec");

export const creation: Rule<Pod> = function* ({ spec, metadata }, { old }) {
  if (old) return;
  if (spec.ephemeralContainers?.length)
    yield fieldForbidden(SPEC.child("ephemeralContainers"), "cannot be set on create");
  if (spec.nodeName && spec.schedulingGates?.length) {
    yield fieldForbidden(SPEC.child("nodeName"), "cannot be set until all schedulingGates have been cleared");
  }
  yield* annotatedProfileFaults(spec, metadata.annotations, SPEC);
};
