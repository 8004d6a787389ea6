// kubeconfig files: reading one into a Connection, writing one, and merging a context into the user's own.
// It refuses exec and auth-provider plug-ins (nothing of Kaji's needs one) and says so.
import { dump, load } from "js-yaml";
import type { Connection } from "./connection.ts";

interface Named<K extends string, T> {
  readonly name: string;
  readonly value?: T;
  readonly [key: string]: unknown;
  readonly _?: K;
}

/** A kubeconfig as it stands in the file; unknown keys are kept when merging. */
export interface Kubeconfig {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly "current-context"?: string;
  readonly clusters?: readonly (Named<"cluster", never> & { readonly cluster?: Readonly<Record<string, unknown>> })[];
  readonly users?: readonly (Named<"user", never> & { readonly user?: Readonly<Record<string, unknown>> })[];
  readonly contexts?: readonly (Named<"context", never> & { readonly context?: Readonly<Record<string, unknown>> })[];
  readonly preferences?: unknown;
}

/** A kubeconfig that cannot be used; the message says which part. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

/** Parses the text of a kubeconfig. Empty text is an empty config. */
export function parseKubeconfig(text: string): Kubeconfig {
  let value: unknown;
  try {
    value = text.trim() ? load(text) : {};
  } catch (cause) {
    throw new KubeconfigError(`not YAML: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (!isMap(value)) throw new KubeconfigError("not a kubeconfig: expected a map");
  const config: Record<string, unknown> = { ...value };
  for (const part of ["clusters", "users", "contexts"]) {
    const list = config[part];
    // kubectl writes null where it removed the last entry.
    if (list === null) delete config[part];
    else if (list !== undefined && !(Array.isArray(list) && list.every((entry) => isMap(entry) && "name" in entry)))
      throw new KubeconfigError(`${part} is not a list of named entries`);
  }
  return config as Kubeconfig;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An entry's own part, whose known keys are texts. */
function textsOf(part: unknown, what: string): Readonly<Record<string, string>> {
  if (part === undefined || part === null) return {};
  if (!isMap(part)) throw new KubeconfigError(`${what} is not a map`);
  for (const key of TEXTS) {
    if (typeof (part[key] ?? "") !== "string") throw new KubeconfigError(`${what}: ${key} is not a text`);
  }
  return part as Readonly<Record<string, string>>;
}

const TEXTS: readonly string[] = [
  ...["server", "tls-server-name", "token", "tokenFile", "cluster", "user"],
  ...["certificate-authority", "client-certificate", "client-key"].flatMap((name) => [name, `${name}-data`]),
];

/** `readFile` gives the text of a file that the config names (certificate-authority, client-key, tokenFile). */
export function connectionOf(
  config: Kubeconfig,
  readFile: (path: string) => string,
  contextName = config["current-context"],
): Connection {
  const entry = find(config.contexts, contextName, "context");
  const context = entry && textsOf(entry.context, "the context");
  if (!context) throw new KubeconfigError(`no context ${contextName ? `named ${contextName}` : "is current"}`);
  const cluster = textsOf(find(config.clusters, context["cluster"], "cluster")?.cluster, "the cluster");
  if (!cluster["server"]) throw new KubeconfigError(`cluster ${context["cluster"] ?? ""} has no server`);
  const user = textsOf(find(config.users, context["user"], "user")?.user, "the user");
  if (user["exec"] || user["auth-provider"])
    throw new KubeconfigError("credentials from plug-ins (exec, auth-provider) are not supported");
  const pem = (map: Readonly<Record<string, string>>, name: string) => {
    const data = map[`${name}-data`];
    if (data) return Buffer.from(data, "base64").toString();
    return map[name] ? readFile(map[name]) : undefined;
  };
  const { tokenFile } = user;
  return {
    server: cluster["server"],
    ca: pem(cluster, "certificate-authority"),
    cert: pem(user, "client-certificate"),
    key: pem(user, "client-key"),
    token: user["token"] ?? (tokenFile ? () => readFile(tokenFile).trim() : undefined),
    serverName: cluster["tls-server-name"],
    insecure: Boolean(cluster["insecure-skip-tls-verify"]),
  };
}

function find<T extends { readonly name: string }>(
  list: readonly T[] | undefined,
  name: string | undefined,
  what: string,
): T | undefined {
  if (!name) return undefined;
  const found = list?.find((entry) => entry.name === name);
  if (!found) throw new KubeconfigError(`${what} ${name} is not in the kubeconfig`);
  return found;
}

/** A kubeconfig with one cluster, user and context, all called `name`, as data without files. */
export function makeKubeconfig(name: string, connection: Connection): Kubeconfig {
  const data = (text: string | undefined) => text && Buffer.from(text).toString("base64");
  const user = {
    ...(connection.cert && { "client-certificate-data": data(connection.cert) }),
    ...(connection.key && { "client-key-data": data(connection.key) }),
    ...(typeof connection.token === "string" && { token: connection.token }),
  };
  const cluster = {
    ...(connection.ca && { "certificate-authority-data": data(connection.ca) }),
    server: connection.server,
  };
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
}

/** `into` with the entries of `from` put in or replaced, and its current context made current. */
export function mergeKubeconfig(into: Kubeconfig, from: Kubeconfig): Kubeconfig {
  return {
    apiVersion: "v1",
    kind: "Config",
    ...into,
    clusters: put(into.clusters, from.clusters),
    users: put(into.users, from.users),
    contexts: put(into.contexts, from.contexts),
    ...(from["current-context"] && { "current-context": from["current-context"] }),
  };
}

/** `config` without the entries called `name`; a current context of that name is unset. */
export function withoutContext(config: Kubeconfig, name: string): Kubeconfig {
  const keep = <T extends { readonly name: string }>(list: readonly T[] = []) =>
    list.filter((entry) => entry.name !== name);
  return {
    ...config,
    clusters: keep(config.clusters),
    users: keep(config.users),
    contexts: keep(config.contexts),
    ...(config["current-context"] === name && { "current-context": "" }),
  };
}

function put<T extends { readonly name: string }>(into: readonly T[] = [], from: readonly T[] = []): readonly T[] {
  return [...into.filter((entry) => !from.some((f) => f.name === entry.name)), ...from];
}

export const kubeconfigText = (config: Kubeconfig): string => dump(config, { lineWidth: -1 });
