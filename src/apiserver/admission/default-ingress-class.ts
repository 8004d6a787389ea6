// DefaultIngressClass: an Ingress that names no class gets the one that is marked as the default.
import { INGRESS_CLASS_ANNOTATION } from "../../resources/networking/ingress-rules.ts";
import { DEFAULT_INGRESS_CLASS, IngressClass } from "../../resources/networking/ingress-class.ts";
import { Ingress } from "../../resources/networking/ingress.ts";
import type { AdmissionPlugin, AdmissionServices } from "./plugin.ts";
import { newestDefault } from "./default-class.ts";

export const defaultIngressClass: AdmissionPlugin = {
  name: "DefaultIngressClass",

  mutate({ operation, resource, subresource, object }, { lookup }: AdmissionServices) {
    if (operation !== "create" || resource !== (Ingress as unknown) || subresource !== "") return object;
    const ingress = object as Ingress;
    const named = ingress.metadata.annotations?.[INGRESS_CLASS_ANNOTATION] !== undefined;
    if (named || ingress.spec.ingressClassName !== undefined) return object;
    const name = newestDefault(lookup.list(IngressClass), DEFAULT_INGRESS_CLASS)?.metadata.name;
    return name === undefined ? object : { ...ingress, spec: { ...ingress.spec, ingressClassName: name } };
  },
};
