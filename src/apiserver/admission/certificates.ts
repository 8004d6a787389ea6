// Who may approve requests for certificates, sign them, or vouch for certificates of a signer: who holds the verb on the
// signer. And that nobody becomes system:masters by a certificate. It refuses to read what is signed.
import type { CertificateSigningRequest } from "../../resources/certificates/certificate-signing-request.ts";
import type { ClusterTrustBundle } from "../../resources/certificates/cluster-trust-bundle.ts";
import { readRequest, RequestError } from "../../resources/certificates/request.ts";
import { equalJson } from "../../schema/equality.ts";
import { forbidden } from "../../schema/meta/status.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";

const GROUP = "certificates.k8s.io";
const CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";

const concerns = ({ resource, subresource, operation }: AdmissionRequest, kind: string, view: string) =>
  resource.group === GROUP &&
  resource.kind === kind &&
  subresource === view &&
  (operation === "create" || operation === "update");

const refusal = ({ resource, name }: AdmissionRequest, why: string) =>
  forbidden({ group: GROUP, resource: resource.plural }, name, why);

/** For the signer by name, or for all of its domain. */
function may({ context }: AdmissionRequest, { authorizer }: AdmissionServices, verb: string, signer: string): boolean {
  const allowed = (name: string) => {
    const info = { isResource: true, verb, path: "", group: GROUP, version: "*", resource: "signers" };
    const whole = { ...info, subresource: "", namespace: "", name };
    return authorizer.authorize(context.user, whole).outcome === "allow";
  };
  return allowed(signer) || allowed(`${signer.split("/")[0]}/*`);
}

export const certificateApproval: AdmissionPlugin = {
  name: "CertificateApproval",
  validate(request, services) {
    if (!concerns(request, "CertificateSigningRequest", "approval") || request.operation !== "update") return;
    const { signerName } = (request.old as CertificateSigningRequest).spec;
    if (may(request, services, "approve", signerName)) return;
    throw refusal(request, `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`);
  },
};

export const certificateSigning: AdmissionPlugin = {
  name: "CertificateSigning",
  validate(request, services) {
    if (!concerns(request, "CertificateSigningRequest", "status") || request.operation !== "update") return;
    const [now, old] = [request.object as CertificateSigningRequest, request.old as CertificateSigningRequest];
    if (
      equalJson(
        [now.status.certificate ?? "", now.status.conditions ?? []],
        [old.status.certificate ?? "", old.status.conditions ?? []],
      )
    )
      return;
    const { signerName } = old.spec;
    if (may(request, services, "sign", signerName)) return;
    throw refusal(request, `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`);
  },
};

export const clusterTrustBundleAttest: AdmissionPlugin = {
  name: "ClusterTrustBundleAttest",
  validate(request, services) {
    if (!concerns(request, "ClusterTrustBundle", "")) return;
    const now = request.object as ClusterTrustBundle;
    const old = request.old as ClusterTrustBundle | undefined;
    const { signerName = "" } = now.spec;
    // Whoever only touches metadata vouches for nothing new.
    if (signerName === "" || (old && equalJson(now.spec, old.spec))) return;
    if (may(request, services, "attest", signerName)) return;
    throw refusal(request, `user not permitted to attest for signerName ${JSON.stringify(signerName)}`);
  },
};

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  validate(request) {
    if (!concerns(request, "CertificateSigningRequest", "") || request.operation !== "create") return;
    const { spec } = request.object as CertificateSigningRequest;
    if (spec.signerName !== CLIENT_SIGNER || !organizationsOf(spec.request).includes("system:masters")) return;
    throw refusal(request, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
  },
};

/** What cannot be read is refused by the kind's rules. */
function organizationsOf(request: string): readonly string[] {
  try {
    return readRequest(request).organizations;
  } catch (error) {
    if (error instanceof RequestError) return [];
    throw error;
  }
}
