// The variables of a container: services, then envFrom, then env, each able to use those before it. It refuses to invent what a
// missing ConfigMap or Secret would have held: the container waits (CreateContainerConfigError).
import { goQuote } from "../../base/go-quote.ts";
import { formats } from "../../base/formats.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { EnvVarSource } from "../../resources/core/pod/env.ts";
import type { AnyContainer } from "../parts.ts";
import { NotYet } from "../parts.ts";
import type { ReferredObjects } from "../volumes/objects.ts";
import type { PodPlace } from "./downward.ts";
import { amountText, fieldText } from "./downward.ts";
import { valueIn } from "./env-file.ts";
import { expand } from "./expansion.ts";
import type { NodeAmounts } from "./resources.ts";

export interface EnvironmentFacts {
  readonly objects: ReferredObjects;
  readonly place: PodPlace;
  readonly node: NodeAmounts;
  readonly services: Readonly<Record<string, string>>;
  /** The text of a file in a volume of the pod, and where it lies. */
  readonly file: (volume: string, path: string) => Promise<{ readonly text: string; readonly place: string }>;
}

const waiting = (message: string) => new NotYet("CreateContainerConfigError", message);

/** The variables in the order they are set; later ones win. */
export async function environment(
  pod: Pod,
  container: AnyContainer,
  facts: EnvironmentFacts,
): Promise<ReadonlyMap<string, string>> {
  const result = new Map<string, string>();
  for (const [name, value] of Object.entries(await fromWhole(pod, container, facts))) result.set(name, value);
  // Services are known to expansion, but what the container sets itself comes first.
  const lookup = (name: string) => result.get(name) ?? facts.services[name];
  for (const variable of container.env ?? []) {
    if (variable.valueFrom && !variable.value) {
      const value = await fromSource(pod, container, variable.valueFrom, facts);
      if (value !== undefined) result.set(variable.name, value);
    } else result.set(variable.name, expand(variable.value ?? "", lookup));
  }
  for (const [name, value] of Object.entries(facts.services)) if (!result.has(name)) result.set(name, value);
  return result;
}

/** All keys of the ConfigMaps and Secrets in envFrom that can be names of variables. */
async function fromWhole(
  pod: Pod,
  container: AnyContainer,
  { objects }: EnvironmentFacts,
): Promise<Record<string, string>> {
  const variables: Record<string, string> = {};
  const namespace = pod.metadata.namespace ?? "";
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef) {
      const found = await objects.configMap(namespace, configMapRef.name ?? "");
      if (!found && !configMapRef.optional) throw waiting(`configmap "${configMapRef.name}" not found`);
      put(variables, prefix, found?.data ?? {});
    }
    if (secretRef) {
      const found = await objects.secret(namespace, secretRef.name ?? "");
      if (!found && !secretRef.optional) throw waiting(`secret "${secretRef.name}" not found`);
      put(variables, prefix, decoded(found?.data));
    }
  }
  return variables;
}

function put(variables: Record<string, string>, prefix: string, data: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(data)) {
    const name = prefix + key;
    if (formats.relaxedEnvVarName(name).length === 0) variables[name] = value;
  }
}

const decoded = (data: Readonly<Record<string, string>> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));

/** Undefined for an optional key that is not there: then the variable is not set at all. */
async function fromSource(
  pod: Pod,
  container: AnyContainer,
  source: EnvVarSource,
  facts: EnvironmentFacts,
): Promise<string | undefined> {
  const namespace = pod.metadata.namespace ?? "";
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef) return fieldText(pod, fieldRef.fieldPath, facts.place);
  if (resourceFieldRef) return amountText(pod, resourceFieldRef, container.name, facts.node);
  if (configMapKeyRef) {
    const { name = "", key, optional } = configMapKeyRef;
    const found = await facts.objects.configMap(namespace, name);
    if (!found && !optional) throw waiting(`configmap "${name}" not found`);
    const value = found?.data?.[key];
    if (value === undefined && !optional) throw waiting(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    return value;
  }
  if (secretKeyRef) {
    const { name = "", key, optional } = secretKeyRef;
    const found = await facts.objects.secret(namespace, name);
    if (!found && !optional) throw waiting(`secret "${name}" not found`);
    const value = found?.data?.[key];
    if (value === undefined && !optional) throw waiting(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    return value === undefined ? undefined : Buffer.from(value, "base64").toString();
  }
  if (fileKeyRef) {
    const { volumeName, path, key, optional } = fileKeyRef;
    const { text, place } = await facts.file(volumeName, path);
    const value = parsed(text, key);
    if (value !== "") return value;
    if (optional) return undefined;
    throw waiting(`environment variable key ${goQuote(key)} not found in file ${goQuote(place)}`);
  }
  return "";
}

/** As upstream: what is wrong could tell of what others wrote. */
function parsed(text: string, key: string): string {
  try {
    return valueIn(text, key);
  } catch (error) {
    throw new NotYet("CreateContainerConfigError", "couldn't parse env file", { cause: error });
  }
}
