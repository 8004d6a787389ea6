// The rules of specs, applied to a pod. It refuses to hold any itself.
import { judgedOnce } from "../../../../schema/derived.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { ObjectMeta } from "../../../../schema/meta/object-meta.ts";
import type { RequestFacts, Rule } from "../../../../schema/resource.ts";
import type { Pod } from "../object.ts";
import { PodSpec } from "../spec.ts";
import { speakOfSpec } from "./annotations.ts";
import { specRules } from "./index.ts";
import type { SpecContext } from "./spec-rule.ts";

const SPEC = FieldPath.of("spec");
const ANNOTATIONS = FieldPath.of("metadata", "annotations");
const NO_METADATA: ObjectMeta = {};

function* judged(spec: PodSpec, context: SpecContext): Generator<FieldError> {
  for (const rule of specRules) yield* rule(spec, context);
}

const judgedAlone = judgedOnce(
  PodSpec,
  (spec: PodSpec, path: FieldPath, old: PodSpec | undefined, enabled: RequestFacts["enabled"]) =>
    judged(spec, {
      path,
      metadata: NO_METADATA,
      annotationsPath: ANNOTATIONS,
      old,
      ofPod: true,
      request: { enabled },
    }),
);

/** Beside annotations rules look at the name, which claims of the pod have in theirs. */
const looksAtMetadata = ({ volumes }: PodSpec, { annotations }: ObjectMeta): boolean =>
  speakOfSpec(annotations) || (volumes?.some(({ ephemeral }) => ephemeral) ?? false);

/** A write of the status cannot change the spec, and there are many. */
export const podSpec: Rule<Pod> = ({ spec, metadata }, { old, request }) => {
  if (request.subresource === "status") return [];
  if (!looksAtMetadata(spec, metadata)) return judgedAlone(spec, SPEC, old?.spec, request.enabled);
  return judged(spec, { path: SPEC, metadata, annotationsPath: ANNOTATIONS, old: old?.spec, ofPod: true, request });
};
