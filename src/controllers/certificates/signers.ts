// What the signers of kubernetes.io sign: for whom, with which usages and names. Pure. It refuses to sign.
import { DerError } from "../../base/der.ts";
import { alternativeNames } from "../../resources/certificates/alternative-names.ts";
import type { CertificateSigningRequest } from "../../resources/certificates/certificate-signing-request.ts";
import type { CertificateRequest } from "../../resources/certificates/request.ts";
import { RequestError, readRequest } from "../../resources/certificates/request.ts";

export const CLIENT = "kubernetes.io/kube-apiserver-client";
export const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
export const KUBELET_SERVING = "kubernetes.io/kubelet-serving";

const NODE_PREFIX = "system:node:";
const WITHOUT_RSA = "key encipherment";
const KUBELET_USAGES: Readonly<Record<string, readonly string[]>> = {
  [KUBELET_CLIENT]: ["client auth", "digital signature", WITHOUT_RSA],
  [KUBELET_SERVING]: ["digital signature", WITHOUT_RSA, "server auth"],
};

/** Whether one of them is asked at all. */
export const isKnownSigner = (name: string): boolean => name === CLIENT || KUBELET_USAGES[name] !== undefined;

/** Why the signer does not sign; undefined if it does. */
export function refusalOf({ spec }: CertificateSigningRequest): string | undefined {
  const { signerName, usages = [], request = "" } = spec;
  if (signerName === CLIENT) return clientRefusal(usages);
  try {
    return kubeletRefusal(signerName, usages, { ...readRequest(request), names: alternativeNames(request) });
  } catch (error) {
    if (error instanceof RequestError || error instanceof DerError) return error.message;
    throw error;
  }
}

function clientRefusal(usages: readonly string[]): string | undefined {
  const stranger = usages.find((one) => !["digital signature", "key encipherment", "client auth"].includes(one));
  if (stranger !== undefined) return `invalid usage for client certificate: ${stranger}`;
  return usages.includes("client auth") ? undefined : "missing required usage for client certificate: client auth";
}

type Asked = CertificateRequest & { readonly names: ReturnType<typeof alternativeNames> };

function kubeletRefusal(signer: string, usages: readonly string[], { names, ...subject }: Asked): string | undefined {
  if (subject.organizations.length !== 1 || subject.organizations[0] !== "system:nodes")
    return "subject organization is not system:nodes";
  const { dns, email, ip, uri } = names;
  if (signer === KUBELET_SERVING) {
    if (dns.length + ip.length === 0) return "DNS or IP subjectAltName is required";
  } else if (dns.length > 0) return "DNS subjectAltNames are not allowed";
  if (email.length > 0) return "Email subjectAltNames are not allowed";
  if (signer === KUBELET_CLIENT && ip.length > 0) return "IP subjectAltNames are not allowed";
  if (uri.length > 0) return "URI subjectAltNames are not allowed";
  const wanted = KUBELET_USAGES[signer]!;
  const given = new Set(usages);
  // Keys that cannot encipher need not say so.
  const fits = wanted.every((one) => given.has(one) || one === WITHOUT_RSA) && usages.every((u) => wanted.includes(u));
  if (!fits) return `usages did not match [${wanted.join(" ")}]`;
  return subject.commonName.startsWith(NODE_PREFIX)
    ? undefined
    : "subject common name does not begin with system:node:";
}

/** A request of a kubelet for itself to speak with the API server, and whether the node asks for its own. */
export function kubeletClient(request: CertificateSigningRequest): { readonly isOwn: boolean } | undefined {
  if (request.spec.signerName !== KUBELET_CLIENT || refusalOf(request) !== undefined) return undefined;
  return { isOwn: readRequest(request.spec.request ?? "").commonName === request.spec.username };
}

const has = ({ status }: CertificateSigningRequest, wanted: string) =>
  status.conditions?.some(({ type, status: value }) => type === wanted && value === "True") ?? false;

export const isApproved = (request: CertificateSigningRequest): boolean =>
  has(request, "Approved") && !has(request, "Denied");
export const hasFailed = (request: CertificateSigningRequest): boolean => has(request, "Failed");
export const isDecided = (request: CertificateSigningRequest): boolean =>
  has(request, "Approved") || has(request, "Denied");
