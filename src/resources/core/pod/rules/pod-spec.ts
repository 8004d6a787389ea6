// The rules of specs, applied to a pod. It refuses to hold any itself.
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import type { Pod } from "../object.ts";
import { specRules } from "./index.ts";

/** A write of the status cannot change the spec, and there are many. */
export const podSpec: Rule<Pod> = function* ({ spec, metadata }, { old, request }) {
  if (request.subresource === "status") return;
  const annotationsPath = FieldPath.of("metadata", "annotations");
  const context = { path: FieldPath.of("spec"), metadata, annotationsPath, old: old?.spec, ofPod: true, request };
  for (const rule of specRules) yield* rule(spec, context);
};
