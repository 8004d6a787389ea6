// Volumes: each has a name of its own and exactly one source. The sources are judged in volume-sources.ts.
import { formats } from "../../../../base/formats.ts";
import { fieldDuplicate, fieldForbidden, fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import { formatFaults } from "../../../faults.ts";
import { validateFacts } from "../../../../schema/validate.ts";
import { Volume, VOLUME_SOURCES } from "../volume.ts";
import { sourceFaults } from "./volume-sources.ts";
import type { SpecRule } from "./spec-rule.ts";

type Source = (typeof VOLUME_SOURCES)[number];

/** Names that upstream's messages have for a second source, where they are not the field's. */
const SECOND_NAMES: { readonly [K in Source]?: string } = { cephfs: "cephFS", downwardAPI: "downwarAPI" };

interface Owner {
  /** Undefined where it is not known yet. */
  readonly podName?: string | undefined;
  readonly ofPod: boolean;
}

function* volumeFaults(volume: Volume, { podName, ofPod }: Owner, path: FieldPath): Generator<FieldError> {
  const [first, ...others] = VOLUME_SOURCES.filter((source) => volume[source] !== undefined);
  if (first) {
    yield* validateFacts(Volume.fields[first].node, volume[first], undefined, path.child(first));
    yield* sourceFaults[first]?.(volume, path.child(first), { at: path, ofPod }) ?? [];
  } else yield fieldRequired(path, "must specify a volume type");
  for (const source of others) {
    yield fieldForbidden(path.child(SECOND_NAMES[source] ?? source), "may not specify more than 1 volume type");
  }
  if (first === "ephemeral" && podName && volume.name) {
    // The claim is named after both, so the name of the claim has to be one.
    const claim = `${podName}-${volume.name}`;
    for (const fault of formats.dns1123Subdomain(claim)) {
      yield fieldInvalid(path.child("name"), volume.name, `PVC name ${JSON.stringify(claim)}: ${fault}`);
    }
  }
}

export const volumes: SpecRule = function* (spec, { path, metadata, ofPod }) {
  const all = spec.volumes ?? [];
  const names = new Set<string>();
  const claims = new Set(metadata.name ? all.filter((v) => v.ephemeral).map((v) => `${metadata.name}-${v.name}`) : []);
  for (const [i, volume] of all.entries()) {
    const at = path.child("volumes").index(i);
    const wrong = [...volumeFaults(volume, { podName: metadata.name, ofPod }, at)];
    if (!volume.name) wrong.push(fieldRequired(at.child("name")));
    else wrong.push(...formatFaults(at.child("name"), volume.name, "dns1123Label"));
    if (names.has(volume.name)) wrong.push(fieldDuplicate(at.child("name"), volume.name));
    // The name of what is wrong in itself is free.
    if (wrong.length === 0) names.add(volume.name);
    yield* wrong;
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim === undefined || !claims.has(claim)) continue;
    const why = "must not reference a PVC that gets created for an ephemeral volume";
    yield fieldInvalid(at.child("persistentVolumeClaim", "claimName"), claim, why);
  }
};

const sound = new WeakMap<readonly Volume[], ReadonlyMap<string, Volume>>();

/** The volumes that containers can mount: what is wrong in itself is not there for them. */
export function soundVolumes(all: readonly Volume[] | undefined): ReadonlyMap<string, Volume> {
  if (all === undefined) return new Map();
  let found = sound.get(all);
  if (found === undefined) {
    const names = new Map<string, Volume>();
    for (const volume of all) {
      if (!volume.name || names.has(volume.name)) continue;
      if (formatFaults(FieldPath.root, volume.name, "dns1123Label").length > 0) continue;
      if (!volumeFaults(volume, { ofPod: false }, FieldPath.root).next().done) continue;
      names.set(volume.name, volume);
    }
    sound.set(all, (found = names));
  }
  return found;
}
