// CSIDriver: what Kubernetes has to do for a CSI driver. It refuses to talk to it.
import { ageColumn, nameColumn } from "../columns.ts";
import { notSupported } from "../faults.ts";
import { equalJson, sameField } from "../../schema/equality.ts";
import { fieldDuplicate, fieldInvalid, fieldNotSupported, fieldTooLong } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { boolean, int64, listAtomic, listSet, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Column, Rule } from "../../schema/resource.ts";

export const TokenRequest = object("k8s.io.api.storage.v1.TokenRequest", {
  audience: required(1, string(), "Whom the token is for; the API server if empty.", { demanded: false }),
  expirationSeconds: pointer(2, int64(), "How long it lives."),
});
export interface TokenRequest extends ValueIn<typeof TokenRequest> {}

export const CSIDriverSpec = object("k8s.io.api.storage.v1.CSIDriverSpec", {
  attachRequired: pointer(1, boolean(), "Whether volumes must be attached first.", { default: true }),
  podInfoOnMount: pointer(2, boolean(), "Whether the driver is told of the pod.", { default: false }),
  volumeLifecycleModes: optional(3, listSet(string()), "Persistent, Ephemeral, or both.", { default: orPersistent }),
  storageCapacity: pointer(4, boolean(), "Whether pods wait until the driver says that there is room.", {
    default: false,
  }),
  fsGroupPolicy: pointer(5, string(), "Who makes files belong to the pod's fsGroup.", {
    default: "ReadWriteOnceWithFSType",
  }),
  tokenRequests: optional(6, listAtomic(TokenRequest), "Tokens of the pod's ServiceAccount that the driver gets."),
  requiresRepublish: pointer(7, boolean(), "Whether the driver is called again from time to time.", { default: false }),
  seLinuxMount: pointer(8, boolean(), "Whether it mounts with an SELinux label.", {
    gate: "SELinuxMountReadWriteOncePod",
    default: false,
  }),
  nodeAllocatableUpdatePeriodSeconds: pointer(9, int64(), "How often its limits are asked for.", {
    gate: "MutableCSINodeAllocatableCount",
  }),
  serviceAccountTokenInSecrets: pointer(10, boolean(), "Whether tokens come as secrets.", {
    gate: "CSIServiceAccountTokenSecrets",
  }),
  preventPodSchedulingIfMissing: pointer(11, boolean(), "Whether pods keep off nodes without the driver.", {
    gate: "VolumeLimitScaling",
    default: false,
  }),
});
export interface CSIDriverSpec extends ValueIn<typeof CSIDriverSpec> {}

const schema = object(
  "k8s.io.api.storage.v1.CSIDriver",
  {
    ...typeMeta,
    metadata,
    spec: required(2, CSIDriverSpec, "What it needs."),
  },
  { doc: "A CSI driver of the cluster, and what it needs." },
);
export interface CSIDriver extends ValueIn<typeof schema> {}

function orPersistent({ volumeLifecycleModes = [] }: { readonly volumeLifecycleModes?: readonly string[] }) {
  return volumeLifecycleModes.length > 0 ? undefined : ["Persistent"];
}

const SPEC = FieldPath.of("spec");
const MODES = ["Persistent", "Ephemeral"];
const GROUP_POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;
const LEAST_PERIOD = 10;
const MOST_NAME = 63;

function* tokenFaults(requests: readonly TokenRequest[]): Generator<FieldError> {
  const seen = new Set<string>();
  for (const [i, { audience, expirationSeconds }] of requests.entries()) {
    const path = SPEC.child("tokenRequests").index(i);
    if (seen.has(audience)) yield fieldDuplicate(path.child("audience"), audience);
    seen.add(audience);
    if (expirationSeconds === undefined) continue;
    const at = path.child("expirationSeconds");
    if (expirationSeconds < LEAST_SECONDS) {
      yield fieldInvalid(at, expirationSeconds, "may not specify a duration less than 10 minutes");
    }
    if (expirationSeconds > MOST_SECONDS) {
      yield fieldInvalid(at, expirationSeconds, "may not specify a duration larger than 2^32 seconds");
    }
  }
}

const driverValid: Rule<CSIDriver> = function* ({ metadata: { name = "" }, spec }, { old }) {
  if (!old && name.length > MOST_NAME) yield fieldTooLong(FieldPath.of("metadata", "name"), MOST_NAME);
  for (const mode of spec.volumeLifecycleModes ?? []) {
    if (!MODES.includes(mode)) yield notSupported(SPEC.child("volumeLifecycleModes"), mode, MODES);
  }
  const { fsGroupPolicy, nodeAllocatableUpdatePeriodSeconds: period } = spec;
  if (fsGroupPolicy !== undefined && !GROUP_POLICIES.includes(fsGroupPolicy)) {
    yield fieldNotSupported(SPEC.child("fsGroupPolicy"), fsGroupPolicy, GROUP_POLICIES);
  }
  yield* tokenFaults(spec.tokenRequests ?? []);
  if (period !== undefined && period < LEAST_PERIOD) {
    const path = SPEC.child("nodeAllocatableUpdatePeriodSeconds");
    yield fieldInvalid(path, period, `must be greater than or equal to ${LEAST_PERIOD} seconds`);
  }
};

const driverStays: Rule<CSIDriver> = function* ({ spec }, { old }) {
  if (!old) return;
  if (spec.attachRequired !== old.spec.attachRequired) {
    // Upstream's path is written like this.
    yield fieldInvalid(SPEC.child("attachedRequired"), spec.attachRequired, "field is immutable");
  }
  if (!equalJson(spec.volumeLifecycleModes ?? [], old.spec.volumeLifecycleModes ?? [])) {
    yield fieldInvalid(SPEC.child("volumeLifecycleModes"), spec.volumeLifecycleModes, "field is immutable");
  }
};

/** What may change while the driver is there. */
const MUTABLE = [
  "tokenRequests",
  "requiresRepublish",
  "seLinuxMount",
  "nodeAllocatableUpdatePeriodSeconds",
  "serviceAccountTokenInSecrets",
] as const;

/** Counted from the first change on: a new driver has no generation. */
function prepare(driver: CSIDriver, old: CSIDriver | undefined): CSIDriver {
  if (!old || MUTABLE.every((name) => sameField(CSIDriverSpec.fields[name], driver.spec[name], old.spec[name])))
    return driver;
  return { ...driver, metadata: { ...driver.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
}

const flag = (
  name: string,
  doc: string,
  of: (spec: CSIDriverSpec) => boolean | undefined,
  or: boolean,
): Column<CSIDriver> => ({
  name,
  type: "boolean",
  doc,
  cell: ({ spec }) => of(spec) ?? or,
});

export const CSIDriver = resource<CSIDriver>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIDriver",
  plural: "csidrivers",
  scope: "Cluster",
  schema,
  generationOf: [],
  unconditionalUpdate: false,
  deletion: { returns: "object", propagation: "Background" },
  columns: [
    nameColumn,
    flag("AttachRequired", "Whether volumes must be attached first.", (spec) => spec.attachRequired, true),
    flag("PodInfoOnMount", "Whether the driver is told of the pod.", (spec) => spec.podInfoOnMount, false),
    flag("StorageCapacity", "Whether pods wait for room.", (spec) => spec.storageCapacity, false),
    {
      name: "TokenRequests",
      type: "string",
      doc: "Whom the tokens that it gets are for.",
      cell: ({ spec }) => (spec.tokenRequests ?? []).map(({ audience }) => audience).join(",") || "<unset>",
    },
    flag("RequiresRepublish", "Whether the driver is called again.", (spec) => spec.requiresRepublish, false),
    {
      name: "Modes",
      type: "string",
      doc: "How long its volumes live.",
      cell: ({ spec }) => (spec.volumeLifecycleModes ?? []).join(",") || "<none>",
    },
    ageColumn,
  ],
  prepare,
  rules: [driverValid, driverStays],
});
