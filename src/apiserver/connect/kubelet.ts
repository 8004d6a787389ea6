// Where the kubelet of a node answers, and how it is trusted. It refuses to talk to it.
import { Node } from "../../resources/core/node.ts";
import { serviceUnavailable, StatusError } from "../../schema/meta/status.ts";
import type { Call } from "../verbs/call.ts";
import type { Place } from "./passthrough.ts";

/** Upstream's --kubelet-preferred-address-types, with the address before names that only DNS knows. */
const PREFERRED = ["InternalIP", "Hostname", "InternalDNS", "ExternalDNS", "ExternalIP"];
const DEFAULT_PORT = 10_250;

export function kubeletOf(call: Call, name: string): Place {
  const { nodes, admissionServices } = call.parts;
  if (nodes === undefined) throw serviceUnavailable("this server has no connection to nodes");
  const node = admissionServices.lookup.get(Node, "", name);
  if (node === undefined)
    throw new StatusError({
      code: 404,
      reason: "NotFound",
      message: `nodes ${JSON.stringify(name)} not found`,
      details: { name, kind: "nodes" },
    });
  const addresses = node.status.addresses ?? [];
  const found = PREFERRED.map((type) => addresses.find((one) => one.type === type)).find((one) => one !== undefined);
  if (found === undefined)
    throw serviceUnavailable(`no preferred addresses found; known addresses: ${JSON.stringify(addresses)}`);
  const port = node.status.daemonEndpoints?.kubeletEndpoint?.Port || DEFAULT_PORT;
  return { host: found.address, port, tls: { ...nodes.tls, servername: name } };
}
