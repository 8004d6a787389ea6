// root-ca-certificate-publisher: every namespace has a ConfigMap with the authorities that may have signed the API
// server's certificate, put back when somebody changes it. It refuses to know where the certificate comes from.
import { ConfigMap } from "../resources/core/config-map.ts";
import { Namespace } from "../resources/core/namespace.ts";
import { equalJson } from "../schema/equality.ts";
import { hasReason } from "../schema/meta/status.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { Controller } from "../reconcile/controller.ts";
import { isNamespaceGoing } from "./pod-control.ts";

const NAME = "kube-root-ca.crt";
const DESCRIPTION = "kubernetes.io/description";
const TEXT =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal " +
  "service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/** `rootCa` in PEM. */
export const rootCaPublisher = (rootCa: string): Controller =>
  controller<Namespace>({
    name: "root-ca-certificate-publisher",
    identity: "root-ca-cert-publisher",
    of: Namespace,
    maps: [mapping(ConfigMap, ({ metadata }) => (metadata.name === NAME ? [metadata.namespace ?? ""] : []))],
    writes: [{ resource: ConfigMap, verbs: ["create", "update"] }],
    async reconcile({ metadata: { name: namespace = "" }, status }, { client, cache }) {
      if (status.phase === "Terminating") return;
      const data = { "ca.crt": rootCa };
      const annotations = { [DESCRIPTION]: TEXT };
      const found = cache(ConfigMap).get({ namespace, name: NAME });
      try {
        if (!found) await client.create(ConfigMap, { metadata: { namespace, name: NAME, annotations }, data });
        else if (!equalJson(found.data, data) || found.metadata.annotations?.[DESCRIPTION] !== TEXT) {
          const metadata = { ...found.metadata, annotations: { ...found.metadata.annotations, ...annotations } };
          await client.update(ConfigMap, { ...found, metadata, data });
        }
      } catch (error) {
        if (!hasReason(error, "AlreadyExists") && !isNamespaceGoing(error)) throw error;
      }
    },
  });
