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
import { ifSound } from "./sound.ts";
import { warnings } from "./warnings.ts";

const judged: readonly Rule<Service>[] = [
  addressesStay,
  portsThere,
  addressesFitType,
  externalName,
  portsValid,
  selectorLabels,
  affinity,
  addressesValid,
  externalAddresses,
  nodePortsFit,
  portsDiffer,
  sourceRanges,
  balancer,
  traffic,
  distribution,
  ingressValid,
];

export const serviceRules: readonly Rule<Service>[] = [...judged, ifSound(familiesConfigured, judged), warnings];
