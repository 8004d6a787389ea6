// What a definition's status states. It refuses to find it out (apiserver/upkeep does).
import type { CustomResourceDefinition } from "../custom-resource-definition.ts";
import type { CustomResourceDefinitionCondition } from "./spec.ts";

export type ConditionType =
  | "NamesAccepted"
  | "Established"
  | "Terminating"
  | "NonStructuralSchema"
  | "KubernetesAPIApprovalPolicyConformant";

export const conditionOf = (
  definition: CustomResourceDefinition,
  type: ConditionType,
): CustomResourceDefinitionCondition | undefined => definition.status.conditions?.find((one) => one.type === type);

/** Whether its objects are served. */
export const isEstablished = (definition: CustomResourceDefinition): boolean =>
  conditionOf(definition, "Established")?.status === "True";
