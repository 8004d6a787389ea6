// The rules of a Service, in the order in which Kubernetes reports.
import type { Rule } from "../../../../schema/resource.ts";
import type { Service } from "../object.ts";
import { addressesFitType, addressesStay, addressesValid, familiesConfigured } from "./addresses.ts";
import { nodePortsFit, portsDiffer, portsThere, portsValid } from "./ports.ts";
import {
  affinity,
  balancer,
  distribution,
  externalAddresses,
  externalName,
  ingressValid,
  selectorLabels,
  sourceRanges,
  traffic,
} from "./reach.ts";

export const serviceRules: readonly Rule<Service>[] = [
  addressesStay,
  portsThere,
  addressesFitType,
  externalName,
  portsValid,
  selectorLabels,
  affinity,
  addressesValid,
  familiesConfigured,
  externalAddresses,
  nodePortsFit,
  portsDiffer,
  sourceRanges,
  balancer,
  traffic,
  distribution,
  ingressValid,
];
