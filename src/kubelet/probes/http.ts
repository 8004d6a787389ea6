// An HTTP probe or hook as a request, and its answer as a verdict. It refuses to open connections.
import type { HTTPGetAction } from "../../resources/core/pod/probe.ts";
import type { AnyContainer } from "../parts.ts";
import type { HttpAnswer, HttpRequest } from "./dialer.ts";
import type { ProbeResult } from "./state.ts";

const USER_AGENT = "kube-probe/1.37";

/** The number of a container's port, given by number or by name. Throws upstream's sentence when it has none. */
export function portNumber(port: string | number, container: AnyContainer): number {
  const found = typeof port === "number" ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
  const number = found ?? Number(port);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new Error(
    typeof port === "string" && found === undefined
      ? `port ${JSON.stringify(port)} not found`
      : `invalid port number: ${number}`,
  );
}

/** `host` is the pod's address unless the action names another one. */
export function httpAction(
  action: HTTPGetAction,
  container: AnyContainer,
  podIP: string,
): Omit<HttpRequest, "timeoutMs"> {
  const host = action.host || podIP;
  const scheme = (action.scheme ?? "HTTP").toLowerCase();
  const path = action.path ?? "/";
  const authority = `${host.includes(":") ? `[${host}]` : host}:${portNumber(action.port, container)}`;
  const headers = (action.httpHeaders ?? []).map(({ name, value }) => [name, value] as const);
  const has = (name: string) => headers.some(([given]) => given.toLowerCase() === name);
  const own = [
    ...(has("user-agent") ? [] : [["User-Agent", USER_AGENT] as const]),
    ...(has("accept") ? [] : [["Accept", "*/*"] as const]),
  ];
  // An empty value is how a pod takes a header away.
  const sent = [...own, ...headers].filter(([name, value]) => value !== "" || !/^(user-agent|accept)$/i.test(name));
  return { url: `${scheme}://${authority}${path.startsWith("/") ? "" : "/"}${path}`, headers: sent };
}

export function httpVerdict({ status, body, elsewhere }: HttpAnswer): { result: ProbeResult; output: string } {
  if (elsewhere !== undefined) {
    return { result: "warning", output: `Probe terminated redirects, Response body: ${body}` };
  }
  if (status >= 200 && status < 400) return { result: "success", output: body };
  return { result: "failure", output: `HTTP probe failed with statuscode: ${status}` };
}
