// APIService: who serves a group version. It refuses to proxy.
import {
  boolean,
  bytes,
  int32,
  listMap,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { RequestFacts, Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { findCondition, setCondition } from "../conditions.ts";
import { formatFaults } from "../faults.ts";
import { formatTime } from "../../base/timestamp.ts";

export const ServiceReference = object("k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.ServiceReference", {
  namespace: optional(1, string(), "Its namespace."),
  name: optional(2, string(), "Its name."),
  port: pointer(3, int32({ minimum: 1, maximum: 65535 }), "Its port; 443 if unset.", { default: 443 }),
});
export interface ServiceReference extends ValueIn<typeof ServiceReference> {}

export const APIServiceSpec = object("k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceSpec", {
  service: pointer(1, ServiceReference, "The service that serves it; unset for what is built in."),
  group: optional(2, string(), "The group."),
  version: optional(3, string(), "The version."),
  insecureSkipTLSVerify: optional(4, boolean(), "Whether the server's certificate goes unchecked."),
  caBundle: optional(5, bytes(), "Certificates that sign the server's, as PEM."),
  groupPriorityMinimum: required(7, int32(), "Higher goes first among groups."),
  versionPriority: required(8, int32(), "Higher goes first among versions of the group."),
});
export interface APIServiceSpec extends ValueIn<typeof APIServiceSpec> {}

export const APIServiceCondition = object("k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceCondition", {
  type: required(1, string(), "What is stated.", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastTransitionTime: optional(3, time(), "When the status last changed."),
  reason: optional(4, string(), "Why, as one CamelCase word."),
  message: optional(5, string(), "Why, for people."),
});
export interface APIServiceCondition extends ValueIn<typeof APIServiceCondition> {}

export const APIServiceStatus = object("k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceStatus", {
  conditions: optional(1, listMap(APIServiceCondition, ["type"]), "Whether the group version is served.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface APIServiceStatus extends ValueIn<typeof APIServiceStatus> {}

const schema = object(
  "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIService",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, APIServiceSpec, "Who serves the group version."),
    status: plain(3, APIServiceStatus, "Whether it is served."),
  },
  { doc: "A version of an API group and the server that serves it." },
);
export interface APIService extends ValueIn<typeof schema> {}

// Paths
const SPEC = FieldPath.of("spec");

/** One object for each group version: the name makes sure of it. */
const nameSaysWhat: Rule<APIService> = function* ({ metadata: { name = "" }, spec }) {
  const wanted = `${spec.version ?? ""}.${spec.group ?? ""}`;
  if (name === wanted) return;
  const why = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`;
  yield fieldInvalid(FieldPath.of("metadata", "name"), name, why);
};

/** Priorities order discovery; both have a ceiling so that built-in groups can stay in front. */
const groupVersionValid: Rule<APIService> = function* ({ spec }) {
  const { group = "", version = "" } = spec;
  // The core group has no name, and one version.
  if (group === "" && version !== "v1")
    yield fieldRequired(SPEC.child("group"), "only v1 may have an empty group and it better be legacy kube");
  if (group !== "") yield* formatFaults(SPEC.child("group"), group, "dns1123Subdomain");
  yield* formatFaults(SPEC.child("version"), version, "dns1035Label");
  if (spec.groupPriorityMinimum <= 0 || spec.groupPriorityMinimum > 20_000) {
    const why = "must be positive and less than 20000";
    yield fieldInvalid(SPEC.child("groupPriorityMinimum"), spec.groupPriorityMinimum, why);
  }
  if (spec.versionPriority <= 0 || spec.versionPriority > 1000) {
    yield fieldInvalid(SPEC.child("versionPriority"), spec.versionPriority, "must be positive and less than 1000");
  }
};

/** A bundle and skipping the check contradict; both are for services only. */
const serviceValid: Rule<APIService> = function* ({ spec }) {
  const { service, caBundle = "", insecureSkipTLSVerify = false } = spec;
  if (!service) {
    if (caBundle !== "")
      yield fieldInvalid(
        SPEC.child("caBundle"),
        `${caBundle.length} bytes`,
        "local APIServices may not have a caBundle",
      );
    if (insecureSkipTLSVerify) {
      const why = "local APIServices may not have insecureSkipTLSVerify";
      yield fieldInvalid(SPEC.child("insecureSkipTLSVerify"), insecureSkipTLSVerify, why);
    }
    return;
  }
  if (!service.namespace) yield fieldRequired(SPEC.child("service", "namespace"));
  if (!service.name) yield fieldRequired(SPEC.child("service", "name"));
  if (insecureSkipTLSVerify && caBundle !== "") {
    const why = "may not be true if caBundle is present";
    yield fieldInvalid(SPEC.child("insecureSkipTLSVerify"), insecureSkipTLSVerify, why);
  }
};

/** A group version that the server serves itself is available from the start. */
function prepare(object: APIService, old: APIService | undefined, request: RequestFacts): APIService {
  if (request.subresource !== "") return object;
  if (old) return { ...object, status: old.status };
  if (object.spec.service) return { ...object, status: {} };
  const available = {
    type: "Available",
    status: "True",
    reason: "Local",
    message: "Local APIServices are always available",
  };
  return { ...object, status: { conditions: setCondition(undefined, available, formatTime(request.now)) } };
}

/** `True`, `False (reason)`, or `Unknown` when nobody has looked yet. */
function availableText({ status }: APIService): string {
  const available = findCondition(status.conditions, "Available");
  if (!available) return "Unknown";
  return available.status === "True" ? "True" : `${available.status} (${available.reason ?? ""})`;
}

export const APIService = resource<APIService>({
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  plural: "apiservices",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema,
  nameFormat: "pathSegmentName",
  generationOf: [],
  unconditionalUpdate: false,
  columns: [
    nameColumn,
    {
      name: "Service",
      type: "string",
      doc: "Who serves it.",
      cell: ({ spec }) => (spec.service ? `${spec.service.namespace}/${spec.service.name}` : "Local"),
    },
    { name: "Available", type: "string", doc: "Whether it is served.", cell: availableText },
    ageColumn,
  ],
  prepare,
  rules: [nameSaysWhat, groupVersionValid, serviceValid],
});
