// serviceaccount: every namespace has a ServiceAccount `default`. It refuses to make tokens: pods ask for theirs.
import { Namespace } from "../resources/core/namespace.ts";
import { ServiceAccount } from "../resources/core/service-account.ts";
import { hasReason } from "../schema/meta/status.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import { isNamespaceGoing } from "./pod-control.ts";

const NAME = "default";

export const serviceAccount = controller<Namespace>({
  name: "serviceaccount",
  identity: "service-account-controller",
  of: Namespace,
  maps: [
    mapping(ServiceAccount, ({ metadata }, { deleted }) =>
      deleted && metadata.name === NAME ? [metadata.namespace ?? ""] : [],
    ),
  ],
  writes: [{ resource: ServiceAccount, verbs: ["create"] }],
  async reconcile({ metadata: { name = "" }, status }, { client, cache }) {
    if (status.phase === "Terminating") return;
    if (cache(ServiceAccount).get({ namespace: name, name: NAME })) return;
    try {
      await client.create(ServiceAccount, { metadata: { namespace: name, name: NAME } });
    } catch (error) {
      if (!hasReason(error, "AlreadyExists") && !isNamespaceGoing(error)) throw error;
    }
  },
});
