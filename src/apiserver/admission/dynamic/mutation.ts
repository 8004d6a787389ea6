// What a mutating policy's expression makes of an object: an applied configuration merged by the schema, or a JSON patch.
// It refuses to decode the result.
import { toJson } from "../../../cel/json.ts";
import { EvaluationError } from "../../../cel/source.ts";
import { ObjectValue } from "../../../cel/values.ts";
import type { Value } from "../../../cel/values.ts";
import type { Mutation } from "../../../resources/admissionregistration/mutating-admission-policy.ts";
import { isJsonObject } from "../../../schema/freeze.ts";
import { applyJsonPatch } from "../../../schema/json-patch.ts";
import { checkConfig } from "../../../schema/managed-fields/check.ts";
import { mergeConfig } from "../../../schema/managed-fields/merge.ts";
import { shapeOf } from "../../../schema/managed-fields/topology.ts";
import { StatusError } from "../../../schema/meta/status.ts";
import type { JsonObject, Node } from "../../../schema/node.ts";
import { PlaceError } from "./activation.ts";
import type { Activation } from "./activation.ts";
import { failureText, PolicyError } from "./policies.ts";
import type { CompiledPolicy } from "./policies.ts";

export interface Mutable {
  readonly schema: Node;
  readonly object: JsonObject;
}

/** The object as it shall be. Throws PolicyError. */
export function mutationOf(
  { patchType, applyConfiguration, jsonPatch }: Mutation,
  program: CompiledPolicy,
  activation: Activation,
  mutable: Mutable,
): unknown {
  const patches = patchType === "JSONPatch";
  const text = (patches ? jsonPatch : applyConfiguration)?.expression ?? "";
  const value = evaluated(text, program, activation, patches);
  return patches ? withPatch(mutable.object, value) : withConfiguration(mutable, value);
}

function evaluated(text: string, program: CompiledPolicy, activation: Activation, patches: boolean): Value {
  try {
    return activation.run(program.program(text, patches ? "patch" : "object", true));
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    if (error instanceof PlaceError) throw new PolicyError(error.message, { cause: error });
    throw new PolicyError(failureText(text, error), { cause: error });
  }
}

/** A test that fails leaves the object as it is. */
const isFailedTest = ({ cause }: StatusError) => typeof cause === "string" && /^testing value .* failed$/s.test(cause);

function withPatch(object: JsonObject, value: Value): unknown {
  try {
    return applyJsonPatch(object, toJson(value));
  } catch (error) {
    if (error instanceof EvaluationError) throw new PolicyError(error.message, { cause: error });
    if (!(error instanceof StatusError)) throw error;
    if (isFailedTest(error)) return object;
    const why = typeof error.cause === "string" ? error.cause : error.message;
    throw new PolicyError(`error applying patch: ${why}`, { cause: error });
  }
}

function withConfiguration({ schema, object }: Mutable, value: Value): unknown {
  if (!(value instanceof ObjectValue))
    throw new PolicyError("unsupported return type from ApplyConfiguration expression");
  const fault = checkConfig(schema, value.json);
  if (fault !== undefined)
    throw new PolicyError(`error applying patch: failed to convert patch object to typed object: ${fault}`);
  const whole = [...atomics(schema, value.json, "")];
  if (whole.length > 0)
    throw new PolicyError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${whole.join(", ")}`,
    );
  return mergeConfig(schema, object, value.json);
}

/** Where a configuration names what can only be replaced as a whole: something might be lost without a word. */
function* atomics(node: Node, value: unknown, path: string): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  const shape = shapeOf(node, value);
  if (shape.type === "leaf") {
    yield path;
  } else if (shape.type === "map") {
    if (!isJsonObject(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      const child = shape.child(key);
      if (child !== undefined) yield* atomics(child, inner, `${path}.${key}`);
    }
  } else if (Array.isArray(value)) {
    for (const [i, inner] of value.entries()) yield* atomics(shape.items, inner, `${path}[${i}]`);
  }
}
