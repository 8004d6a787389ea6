// Volumes: each has a name of its own and exactly one source. The sources are judged in volume-sources.ts.
import { fieldDuplicate, fieldForbidden, fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import { Volume } from "../volume.ts";
import { sourceFaults } from "./volume-sources.ts";
import type { SpecRule } from "./spec-rule.ts";

/** All sources, in the order in which upstream looks at them. */
const SOURCES = ["emptyDir" as const, ...Object.keys(Volume.fields)].filter(
  (name, i): name is keyof typeof sourceFaults => name !== "name" && (i === 0 || name !== "emptyDir"),
);

export const volumes: SpecRule = function* (spec, { path, metadata }) {
  const names = new Set<string>();
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    const at = path.child("volumes").index(i);
    const given = SOURCES.filter((source) => volume[source] !== undefined);
    const [first, ...others] = given;
    if (first) yield* sourceFaults[first]?.(volume, at.child(first)) ?? [];
    for (const source of others) yield fieldForbidden(at.child(source), "may not specify more than 1 volume type");
    if (!first) yield fieldRequired(at, "must specify a volume type");
    if (volume.ephemeral && metadata.name && volume.name) {
      // The claim is named after both, so the name of the claim has to be one.
      const claim = `${metadata.name}-${volume.name}`;
      if (claim.length > 253) {
        yield fieldInvalid(
          at.child("name"),
          volume.name,
          `PVC name ${JSON.stringify(claim)}: must be no more than 253 characters`,
        );
      }
    }
    if (!volume.name) continue;
    if (names.has(volume.name)) yield fieldDuplicate(at.child("name"), volume.name);
    names.add(volume.name);
  }
};
