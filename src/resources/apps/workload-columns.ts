// The wide columns that all workloads show: their template's containers and images, and their selector. It refuses to
// count pods.
import { labelQueryOf } from "../../schema/label-selector.ts";
import type { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import type { Column, KubeObject } from "../../schema/resource.ts";
import type { PodTemplateSpec } from "../core/pod-template-spec.ts";

/** A selector as kubectl shows it: requirements by key, with commas; `<none>` when it is empty. */
export const selectorText = (selector: LabelSelector | undefined): string =>
  labelQueryOf(selector).toString() || "<none>";

/** Labels as kubectl shows them: sorted, with commas; `<none>` when there are none. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const parts = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return parts.length ? parts.sort().join(",") : "<none>";
}

export const containerNames = (template: PodTemplateSpec | undefined): string =>
  (template?.spec?.containers ?? []).map(({ name }) => name).join(",");

export const imageNames = (template: PodTemplateSpec | undefined): string =>
  (template?.spec?.containers ?? []).map(({ image }) => image ?? "").join(",");

interface Workload extends KubeObject {
  readonly spec: { readonly selector?: LabelSelector | undefined; readonly template?: PodTemplateSpec | undefined };
}

export const containersColumn: Column<Workload> = {
  name: "Containers",
  type: "string",
  priority: 1,
  doc: "Names of the template's containers.",
  cell: ({ spec }) => containerNames(spec.template),
};

export const imagesColumn: Column<Workload> = {
  name: "Images",
  type: "string",
  priority: 1,
  doc: "Images of the template's containers.",
  cell: ({ spec }) => imageNames(spec.template),
};

export const selectorColumn: Column<Workload> = {
  name: "Selector",
  type: "string",
  priority: 1,
  doc: "Which pods belong to it.",
  cell: ({ spec }) => selectorText(spec.selector),
};

/** A number of pods. */
export const countColumn = <T>(name: string, doc: string, count: (object: T) => number | undefined): Column<T> => ({
  name,
  type: "integer",
  doc,
  cell: (object) => count(object) ?? 0,
});
