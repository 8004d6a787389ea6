// PodTemplate: a template by itself, for whoever makes pods of it. It refuses to make any.
import { object, plain } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";
import { containerNames, imageNames, labelsText } from "../apps/workload-columns.ts";
import { settleTemplate } from "../apps/workload-prepare.ts";
import { templateWarned } from "../apps/workload-rules.ts";
import { nameColumn } from "../columns.ts";
import { templateFaults } from "./pod/rules/template.ts";
import { PodTemplateSpec } from "./pod-template-spec.ts";

const schema = object(
  "k8s.io.api.core.v1.PodTemplate",
  {
    ...typeMeta,
    metadata,
    template: plain(2, PodTemplateSpec, "The pod to make copies of."),
  },
  { doc: "A description of pods to be made, on its own." },
);
export interface PodTemplate extends ValueIn<typeof schema> {}

const templateRule: Rule<PodTemplate> = ({ template }, { old, request }) =>
  templateFaults(template, FieldPath.of("template"), { old: old?.template, request });

const warned = templateWarned<PodTemplate>(({ template }) => template, FieldPath.of("template"), { named: false });

const prepare = (object: PodTemplate): PodTemplate => ({ ...object, template: settleTemplate(object.template) });

export const PodTemplate = resource<PodTemplate>({
  group: "",
  version: "v1",
  kind: "PodTemplate",
  plural: "podtemplates",
  scope: "Namespaced",
  schema,
  columns: [
    nameColumn,
    {
      name: "Containers",
      type: "string",
      doc: "Names of its containers.",
      cell: ({ template }) => containerNames(template),
    },
    { name: "Images", type: "string", doc: "Images of its containers.", cell: ({ template }) => imageNames(template) },
    {
      name: "Pod Labels",
      type: "string",
      doc: "Labels of the pods.",
      cell: ({ template }) => labelsText(template.metadata?.labels),
    },
  ],
  deletion: { returns: "object", propagation: "Background" },
  generationOf: ["template"],
  prepare,
  rules: [templateRule, warned],
});
