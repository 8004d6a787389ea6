// LabelSelector as a schema value: the shape in which objects carry a selector. It refuses to match or to read text.
import { listAtomic, map, object, optional, required, string } from "../node.ts";
import type { ValueIn } from "../node.ts";

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

export const LabelSelectorRequirement = object(`${META}.LabelSelectorRequirement`, {
  key: required(1, string(), "The label.", { demanded: false }),
  operator: required(2, string(), "In, NotIn, Exists or DoesNotExist.", { demanded: false }),
  values: optional(3, listAtomic(string()), "What the label is compared with; none for Exists and DoesNotExist."),
});
export interface LabelSelectorRequirement extends ValueIn<typeof LabelSelectorRequirement> {}

export const LabelSelector = object(
  `${META}.LabelSelector`,
  {
    matchLabels: optional(1, map(string()), "Labels that must have exactly these values."),
    matchExpressions: optional(2, listAtomic(LabelSelectorRequirement), "Further requirements; all must hold."),
  },
  { atomic: true },
);
export interface LabelSelector extends ValueIn<typeof LabelSelector> {}
