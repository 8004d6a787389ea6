// What a pod template must be, wherever it stands: its labels and annotations, and its spec by the rules of pods.
import { fieldForbidden } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { validateAnnotations, validateLabels } from "../../../../schema/metadata.ts";
import type { RequestFacts } from "../../../../schema/resource.ts";
import type { PodTemplateSpec } from "../../pod-template-spec.ts";
import { annotatedProfileFaults } from "./annotated-profiles.ts";
import { specRules } from "./index.ts";

interface TemplateContext {
  readonly old?: PodTemplateSpec | undefined;
  readonly request: RequestFacts;
}

/** Yields what is wrong with the template at `path`. */
export function* templateFaults(
  template: PodTemplateSpec | undefined,
  path: FieldPath,
  { old, request }: TemplateContext,
): Generator<FieldError> {
  if (!template || request.subresource === "status") return;
  const metadata = template.metadata ?? {};
  const found: FieldError[] = [];
  // Upstream's paths lack the `metadata`.
  const annotationsPath = path.child("annotations");
  validateLabels(metadata.labels, path.child("labels"), found);
  validateAnnotations(metadata.annotations, annotationsPath, found);
  yield* found;
  const context = {
    path: path.child("spec"),
    // A template has no name: what would be judged by it is not.
    metadata: { ...metadata, name: "" },
    annotationsPath,
    old: old?.spec,
    ofPod: false,
    request,
  };
  for (const rule of specRules) yield* rule(template.spec, context);
  yield* annotatedProfileFaults(template.spec, metadata.annotations, path.child("spec"));
  if (template.spec.ephemeralContainers?.length) {
    yield fieldForbidden(path.child("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template");
  }
}
