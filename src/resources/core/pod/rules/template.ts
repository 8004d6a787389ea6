// What a pod template must be, wherever it stands: its labels and annotations, and its spec by the rules of pods.
import { fieldForbidden } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { validateAnnotations, validateLabels } from "../../../../schema/metadata.ts";
import type { RequestFacts } from "../../../../schema/resource.ts";
import type { PodTemplateSpec } from "../../pod-template-spec.ts";
import { specRules } from "./index.ts";
import type { SpecRule } from "./spec-rule.ts";

interface TemplateContext {
  readonly old?: PodTemplateSpec | undefined;
  readonly request: RequestFacts;
  /** What the spec is judged by; all rules of pods if left out. */
  readonly rules?: readonly SpecRule[] | undefined;
}

/** Yields what is wrong with the template at `path`, and warnings. */
export function* templateFaults(
  template: PodTemplateSpec | undefined,
  path: FieldPath,
  { old, request, rules = specRules }: TemplateContext,
): Generator<FieldError | string> {
  if (!template || request.subresource === "status") return;
  const metadata = template.metadata ?? {};
  const found: FieldError[] = [];
  validateLabels(metadata.labels, path.child("metadata", "labels"), found);
  validateAnnotations(metadata.annotations, path.child("metadata", "annotations"), found);
  yield* found;
  const metadataPath = path.child("metadata");
  const context = { path: path.child("spec"), metadata, metadataPath, old: old?.spec, ofPod: false, request };
  for (const rule of rules) yield* rule(template.spec, context);
  if (template.spec.ephemeralContainers?.length) {
    yield fieldForbidden(path.child("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template");
  }
}
