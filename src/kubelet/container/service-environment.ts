// Variables that name the services of a pod's namespace (`WEB_SERVICE_HOST`, and the older `WEB_PORT_…` forms). Pure.
import type { Service } from "../../resources/core/service.ts";

/** Of the services of the pod's namespace, and of `kubernetes` in `default` in any case. Empty of the others without service links. */
export function serviceEnvironment(
  namespace: string,
  services: readonly Service[],
  withLinks: boolean,
): Record<string, string> {
  const variables: Record<string, string> = {};
  const api = services.find((s) => s.metadata.namespace === "default" && s.metadata.name === "kubernetes");
  if (api) Object.assign(variables, variablesOf(api));
  if (withLinks)
    for (const s of services) if (s.metadata.namespace === namespace) Object.assign(variables, variablesOf(s));
  return variables;
}

function variablesOf(service: Service): Record<string, string> {
  const { clusterIP = "", ports = [], type } = service.spec;
  if (!clusterIP || clusterIP === "None" || type === "ExternalName" || ports.length === 0) return {};
  const name = (service.metadata.name ?? "").toUpperCase().replaceAll("-", "_");
  const host = clusterIP.includes(":") ? `[${clusterIP}]` : clusterIP;
  const first = ports[0]!;
  const url = (p: (typeof ports)[number]) => `${(p.protocol ?? "TCP").toLowerCase()}://${host}:${p.port}`;
  const variables: Record<string, string> = {
    [`${name}_SERVICE_HOST`]: clusterIP,
    [`${name}_SERVICE_PORT`]: String(first.port),
  };
  for (const p of ports)
    if (p.name) variables[`${name}_SERVICE_PORT_${p.name.toUpperCase().replaceAll("-", "_")}`] = String(p.port);
  variables[`${name}_PORT`] = url(first);
  for (const p of ports) {
    const protocol = (p.protocol ?? "TCP").toUpperCase();
    const prefix = `${name}_PORT_${p.port}_${protocol}`;
    Object.assign(variables, {
      [prefix]: url(p),
      [`${prefix}_PROTO`]: protocol.toLowerCase(),
      [`${prefix}_PORT`]: String(p.port),
      [`${prefix}_ADDR`]: clusterIP,
    });
  }
  return variables;
}
