// certificatesigningrequest-cleaner: deletes requests that are settled, or that nobody has looked at for a day. It refuses
// to decide about them.
import { parseTime } from "../base/timestamp.ts";
import { CertificateSigningRequest } from "../resources/certificates/certificate-signing-request.ts";
import { readCertificate } from "../resources/certificates/certificate.ts";
import { readPem } from "../base/pem.ts";
import { hasReason } from "../schema/meta/status.ts";
import { controller } from "../reconcile/controller.ts";

const HOUR_MS = 3_600_000;
const PENDING_MS = 24 * HOUR_MS;
const DECISIONS = ["Approved", "Denied", "Failed"];

const timeOf = (text: string | undefined): number => (text ? parseTime(text).ms : 0);

/** When the certificate is no longer good, in milliseconds since the epoch. */
function endOf(certificate: string): number {
  const [block] = readPem(Buffer.from(certificate, "base64").toString("latin1"));
  const read = block && readCertificate(block.der);
  return read ? Date.parse(read.validTo) : Infinity;
}

/** When the request may go. An approved one stays until it has its certificate. */
function dueOf({ metadata, status }: CertificateSigningRequest): number {
  const { conditions = [], certificate } = status;
  if (!conditions.some(({ type }) => DECISIONS.includes(type))) return timeOf(metadata.creationTimestamp) + PENDING_MS;
  const settled = conditions
    .filter(({ type }) => DECISIONS.includes(type) && (type !== "Approved" || certificate))
    .map(({ lastUpdateTime }) => timeOf(lastUpdateTime) + HOUR_MS);
  return Math.min(...settled, certificate ? endOf(certificate) : Infinity);
}

export const certificateSigningRequestCleaner = controller<CertificateSigningRequest>({
  name: "certificatesigningrequest-cleaner",
  identity: "certificate-controller",
  of: CertificateSigningRequest,
  writes: [{ resource: CertificateSigningRequest, verbs: ["delete"] }],
  async reconcile(request, { client, now }) {
    const due = dueOf(request);
    if (due > now) return due < Infinity ? { afterMs: due - now } : undefined;
    const { name = "", uid } = request.metadata;
    try {
      await client.delete(CertificateSigningRequest, { name }, { preconditions: { uid } });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
    return undefined;
  },
});
