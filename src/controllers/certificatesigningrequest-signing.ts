// certificatesigningrequest-signing: signs what has been approved for the signers of kubernetes.io, or says why not. It
// refuses to hold keys: who starts it hands in a function that signs.
import { CertificateSigningRequest } from "../resources/certificates/certificate-signing-request.ts";
import { controller } from "../reconcile/controller.ts";
import type { Controller } from "../reconcile/controller.ts";
import { hasFailed, isApproved, isKnownSigner, refusalOf } from "./certificates/signers.ts";

const LONGEST_SECONDS = 365 * 24 * 3600;
const SHORTEST_SECONDS = 600;

/** Signs a request in PEM; gives the certificate in PEM. */
export type Sign = (
  request: string,
  options: { readonly usages: readonly string[]; readonly seconds: number },
) => Promise<string>;

export const certificateSigningRequestSigning = (sign: Sign): Controller =>
  controller<CertificateSigningRequest>({
    name: "certificatesigningrequest-signing",
    identity: "certificate-controller",
    of: CertificateSigningRequest,
    writes: [{ resource: CertificateSigningRequest, verbs: ["update"], subresource: "status" }],
    async reconcile(one, { client }) {
      const { signerName = "", request = "", usages = [], expirationSeconds = LONGEST_SECONDS } = one.spec;
      if (!isKnownSigner(signerName) || one.status.certificate || !isApproved(one) || hasFailed(one)) return;
      const write = (status: CertificateSigningRequest["status"]) =>
        client.update(CertificateSigningRequest, { ...one, status }, { subresource: "status" });
      const message = refusalOf(one);
      if (message !== undefined) {
        const failed = { type: "Failed", status: "True", reason: "SignerValidationFailure", message };
        await write({ ...one.status, conditions: [...(one.status.conditions ?? []), failed] });
        return;
      }
      const seconds = Math.min(Math.max(expirationSeconds, SHORTEST_SECONDS), LONGEST_SECONDS);
      const certificate = await sign(Buffer.from(request, "base64").toString("latin1"), { usages, seconds });
      await write({ ...one.status, certificate: Buffer.from(certificate).toString("base64") });
    },
  });
