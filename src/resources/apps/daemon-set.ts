// DaemonSet: a pod of one template on each node that fits. It refuses to make them (controllers/).
import { semanticEqual } from "../../schema/equality.ts";
import { resource } from "../../schema/resource.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";
import type { DaemonSet as DaemonSetObject } from "./daemon-set-object.ts";
import { daemonSetSchema } from "./daemon-set-object.ts";
import { daemonSetRules } from "./daemon-set-rules.ts";
import { containersColumn, countColumn, imagesColumn, labelsText, selectorColumn } from "./workload-columns.ts";
import { prepareWorkload } from "./workload-prepare.ts";

export interface DaemonSet extends DaemonSetObject {}

/** Once a field, now an annotation: counts the templates. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

const NOTHING = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };

function prepare(object: DaemonSet, old: DaemonSet | undefined, request: RequestFacts): DaemonSet {
  const prepared = prepareWorkload(object, old, request, NOTHING);
  if (request.subresource !== "") return prepared;
  const before = Number(old?.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
  const changed = !old || !semanticEqual(PodTemplateSpec, prepared.spec.template, old.spec.template);
  const annotations = { ...prepared.metadata.annotations, [TEMPLATE_GENERATION]: `${changed ? before + 1 : before}` };
  return { ...prepared, metadata: { ...prepared.metadata, annotations } };
}

const nodes = (name: string, doc: string, count: (object: DaemonSet) => number | undefined) =>
  countColumn<DaemonSet>(name, doc, count);

export const DaemonSet = resource<DaemonSet>({
  group: "apps",
  version: "v1",
  kind: "DaemonSet",
  plural: "daemonsets",
  shortNames: ["ds"],
  categories: ["all"],
  scope: "Namespaced",
  schema: daemonSetSchema,
  wholeOnly: [TEMPLATE_GENERATION],
  columns: [
    nameColumn,
    nodes("Desired", "Nodes that should have the pod.", ({ status }) => status.desiredNumberScheduled),
    nodes("Current", "Nodes that have it.", ({ status }) => status.currentNumberScheduled),
    nodes("Ready", "Nodes where it is ready.", ({ status }) => status.numberReady),
    nodes("Up-to-date", "Nodes that have the newest.", ({ status }) => status.updatedNumberScheduled),
    nodes("Available", "Nodes where it has been ready for long enough.", ({ status }) => status.numberAvailable),
    {
      name: "Node Selector",
      type: "string",
      doc: "Labels that nodes must have.",
      cell: ({ spec }) => labelsText(spec.template.spec.nodeSelector),
    },
    ageColumn,
    containersColumn,
    imagesColumn,
    selectorColumn,
  ],
  prepare,
  rules: daemonSetRules,
});
