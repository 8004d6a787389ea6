// Who may ask a kubelet for what: the API server's own certificate, and whoever the API says may use this part of the
// node. It refuses everyone without a certificate of the cluster's authority, but for /healthz.
import type { TLSSocket } from "node:tls";
import type { Client } from "../../client/client.ts";
import { SubjectAccessReview } from "../../resources/authorization/subject-access-review.ts";

/** Groups that administer the cluster; the API server's kubelet client is in the first. */
const ADMINISTRATORS = ["kubeadm:cluster-admins", "system:masters"];

export interface Access {
  /** Whether the request may go on; `path` decides which subresource of the node it is about. */
  allows(socket: TLSSocket, verb: "get" | "create", path: readonly string[]): Promise<boolean>;
}

/** As upstream cuts a node into parts that roles can name. */
export function subresourceOf([head = ""]: readonly string[]): "metrics" | "stats" | "log" | "proxy" {
  if (head === "metrics" || head === "stats") return head;
  return head === "logs" ? "log" : "proxy";
}

export function nodeAccess(client: Client, nodeName: string): Access {
  return {
    async allows(socket, verb, path) {
      if (!socket.authorized) return false;
      const { CN, O = [] } = socket.getPeerCertificate().subject as unknown as { CN?: string; O?: string | string[] };
      const groups = [O].flat();
      if (!CN) return false;
      if (groups.some((group) => ADMINISTRATORS.includes(group))) return true;
      const review = await client.create(SubjectAccessReview, {
        metadata: {},
        spec: {
          user: CN,
          groups: [...groups, "system:authenticated"],
          resourceAttributes: { verb, resource: "nodes", subresource: subresourceOf(path), name: nodeName },
        },
      });
      return review.status.allowed;
    },
  };
}
