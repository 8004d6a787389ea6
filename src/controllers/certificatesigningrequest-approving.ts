// certificatesigningrequest-approving: approves what kubelets ask for themselves, if who asks may ask so. It refuses to
// deny anything: people do.
import { SubjectAccessReview } from "../resources/authorization/subject-access-review.ts";
import { CertificateSigningRequest } from "../resources/certificates/certificate-signing-request.ts";
import { controller } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { hasFailed, isDecided, kubeletClient } from "./certificates/signers.ts";

/** Somebody may be allowed to ask later. */
const AGAIN_MS = 60_000;

export const certificateSigningRequestApproving = controller<CertificateSigningRequest>({
  name: "certificatesigningrequest-approving",
  identity: "certificate-controller",
  of: CertificateSigningRequest,
  writes: [
    { resource: SubjectAccessReview, verbs: ["create"] },
    { resource: CertificateSigningRequest, verbs: ["update"], subresource: "approval" },
  ],
  async reconcile(request, context) {
    if (request.status.certificate || isDecided(request) || hasFailed(request)) return undefined;
    const found = kubeletClient(request);
    if (!found) return undefined;
    const ways = [
      ...(found.isOwn ? [["selfnodeclient", "self kubelet client certificate"] as const] : []),
      ["nodeclient", "kubelet client certificate"] as const,
    ];
    for (const [subresource, what] of ways) {
      if (!(await mayAsk(request, subresource, context))) continue;
      const message = `Auto approving ${what} after SubjectAccessReview.`;
      const approved = { type: "Approved", status: "True", reason: "AutoApproved", message };
      const status = { ...request.status, conditions: [...(request.status.conditions ?? []), approved] };
      await context.client.update(CertificateSigningRequest, { ...request, status }, { subresource: "approval" });
      return undefined;
    }
    return { afterMs: AGAIN_MS };
  },
});

async function mayAsk(
  { spec }: CertificateSigningRequest,
  subresource: string,
  { client }: ReconcileContext,
): Promise<boolean> {
  const { username: user, uid, groups, extra } = spec;
  const review = await client.create(SubjectAccessReview, {
    metadata: {},
    spec: {
      user,
      ...(uid && { uid }),
      ...(groups && { groups }),
      ...(extra && { extra }),
      resourceAttributes: {
        group: "certificates.k8s.io",
        resource: "certificatesigningrequests",
        verb: "create",
        subresource,
      },
    },
  });
  return review.status.allowed ?? false;
}
