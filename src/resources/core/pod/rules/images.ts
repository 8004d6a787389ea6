// Images of a pod's containers, without blanks around them. It refuses to parse references.
import { fieldInvalid } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { Container } from "../container.ts";
import type { SpecRule } from "./spec-rule.ts";

/** Pods may not have blanks around an image; templates always could. */
export function* imageFaults(containers: readonly Container[], path: FieldPath): Generator<FieldError> {
  for (const [i, { image = "" }] of containers.entries()) {
    if (image === image.trim()) continue;
    yield fieldInvalid(path.index(i).child("image"), image, "must not have leading or trailing whitespace");
  }
}

export const imagesWithoutBlanks: SpecRule = function* (spec, { path, ofPod }) {
  if (!ofPod) return;
  yield* imageFaults(spec.containers ?? [], path.child("containers"));
  yield* imageFaults(spec.initContainers ?? [], path.child("initContainers"));
};
