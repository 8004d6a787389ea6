// Requests for certificates: approved, signed, refused, forgotten. It refuses real keys of authorities: what signs is the
// test.
import assert from "node:assert/strict";
import { test } from "node:test";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { certificateSigningRequestApproving } from "../../src/controllers/certificatesigningrequest-approving.ts";
import { certificateSigningRequestCleaner } from "../../src/controllers/certificatesigningrequest-cleaner.ts";
import { certificateSigningRequestSigning } from "../../src/controllers/certificatesigningrequest-signing.ts";
import { refusalOf } from "../../src/controllers/certificates/signers.ts";
import { seededRandom } from "../../src/base/random.ts";
import type { ReconcileContext } from "../../src/reconcile/controller.ts";
import type { SubjectAccessReview } from "../../src/resources/authorization/subject-access-review.ts";
import { CertificateSigningRequest } from "../../src/resources/certificates/certificate-signing-request.ts";
import { hasReason } from "../../src/schema/meta/status.ts";
import { issueAuthority } from "../../src/wire/x509/issue.ts";
import { signRequest } from "../../src/wire/x509/sign-request.ts";
import { openWorld } from "./world.ts";

const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const CLIENT = "kubernetes.io/kube-apiserver-client";
const KUBELET = "kubernetes.io/kube-apiserver-client-kubelet";
const SERVING = "kubernetes.io/kubelet-serving";
type Names = ConstructorParameters<typeof x509.SubjectAlternativeNameExtension>[0];

async function request(organizations: readonly string[], commonName: string, names: Names = []): Promise<string> {
  const keys = await crypto.subtle.generateKey(EC, true, ["sign", "verify"]);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((o) => ({ O: [o] })), { CN: [commonName] }],
    keys,
    signingAlgorithm: EC,
    ...((names as []).length > 0 && { extensions: [new x509.SubjectAlternativeNameExtension(names)] }),
  });
  return Buffer.from(made.toString("pem")).toString("base64");
}
const asked = (name: string, signerName: string, usages: string[], encoded: string) =>
  ({ metadata: { name }, spec: { request: encoded, signerName, usages } }) as unknown as CertificateSigningRequest;

const random = seededRandom(3);
const NOW = Date.UTC(2026, 0, 1);
const authority = await issueAuthority({ commonName: "ca", notBefore: NOW, notAfter: NOW + 1e11 }, random);
const controllers = [
  certificateSigningRequestSigning((pem, { usages, seconds }) =>
    signRequest(authority, pem, { usages, notBefore: NOW, notAfter: NOW + seconds * 1000 }, random),
  ),
  certificateSigningRequestCleaner,
];
/** Signing takes real time, which the virtual clock does not wait for. */
const reallyPass = () => new Promise((resolve) => setTimeout(resolve, 50));

/** What the approver answers to a request of this user, who may ask for these certificates. */
async function approval(one: CertificateSigningRequest, allowed: readonly string[]): Promise<string | undefined> {
  let told: string | undefined;
  const client = {
    create: async (_: unknown, { spec }: SubjectAccessReview) => ({
      status: { allowed: allowed.includes(spec.resourceAttributes?.subresource ?? "") },
    }),
    update: async (_: unknown, { status }: CertificateSigningRequest) => {
      told = status.conditions?.at(-1)?.message;
    },
  };
  await certificateSigningRequestApproving.reconcile(one, { client } as unknown as ReconcileContext);
  return told;
}

test("kubelets' requests are approved if who asks may ask for himself, or for nodes", async () => {
  const encoded = await request(["system:nodes"], "system:node:a");
  const of = (username: string, usages = ["client auth", "digital signature"]) => {
    const one = asked("k", KUBELET, usages, encoded);
    return { ...one, spec: { ...one.spec, username }, status: {} };
  };
  const own = "Auto approving self kubelet client certificate after SubjectAccessReview.";
  const others = "Auto approving kubelet client certificate after SubjectAccessReview.";
  assert.equal(await approval(of("system:node:a"), ["selfnodeclient", "nodeclient"]), own);
  assert.equal(await approval(of("system:node:b"), ["selfnodeclient"]), undefined);
  assert.equal(await approval(of("system:node:b"), ["nodeclient"]), others);
  assert.equal(await approval(of("system:node:a", ["server auth"]), ["selfnodeclient", "nodeclient"]), undefined);
});

test("what is approved is signed; an hour later it is gone", async () => {
  const world = await openWorld({ controllers });
  const usages = ["client auth", "digital signature"];
  const encoded = await request(["system:nodes"], "system:node:a");
  const made = await world.client.create(CertificateSigningRequest, asked("k", KUBELET, usages, encoded));
  const approved = { type: "Approved", status: "True", reason: "Test", message: "yes" };
  const decided = { ...made, status: { conditions: [approved] } };
  await world.client.update(CertificateSigningRequest, decided, { subresource: "approval" });
  await world.pass(100);
  await reallyPass();
  await world.pass(100);
  const { status } = await world.client.get(CertificateSigningRequest, { name: "k" });
  assert.match(Buffer.from(status.certificate ?? "", "base64").toString(), /^-----BEGIN CERTIFICATE-----/);
  await world.pass(3_700_000);
  const gone = await world.client.get(CertificateSigningRequest, { name: "k" }).catch((error: unknown) => error);
  assert.ok(hasReason(gone, "NotFound"));
  await world.stop();
});

test("what nobody decides about stays for a day", async () => {
  const world = await openWorld({ controllers });
  await world.client.create(
    CertificateSigningRequest,
    asked("c", CLIENT, ["client auth"], await request(["people"], "jane")),
  );
  await world.pass(23 * 3_600_000);
  const { status } = await world.client.get(CertificateSigningRequest, { name: "c" });
  assert.deepEqual(status, {});
  await world.pass(2 * 3_600_000);
  assert.deepEqual((await world.client.list(CertificateSigningRequest)).items, []);
  await world.stop();
});

test("what each signer refuses, and why", async () => {
  const node = await request(["system:nodes"], "system:node:a");
  const named = await request(["system:nodes"], "system:node:a", [{ type: "dns", value: "a" }]);
  const why = (signer: string, usages: string[], encoded: string) => refusalOf(asked("x", signer, usages, encoded));
  const client = ["client auth", "digital signature", "key encipherment"];
  const server = ["server auth", "digital signature", "key encipherment"];
  assert.equal(why(CLIENT, ["server auth"], node), "invalid usage for client certificate: server auth");
  const missing = "missing required usage for client certificate: client auth";
  assert.equal(why(CLIENT, ["digital signature"], node), missing);
  assert.equal(why(KUBELET, client, node), undefined);
  assert.equal(why(KUBELET, client.slice(0, 2), node), undefined, "keys that cannot encipher need not");
  assert.equal(why(KUBELET, client, named), "DNS subjectAltNames are not allowed");
  const usages = "usages did not match [client auth digital signature key encipherment]";
  assert.equal(why(KUBELET, server, node), usages);
  assert.equal(why(SERVING, server, node), "DNS or IP subjectAltName is required");
  assert.equal(why(SERVING, server, named), undefined);
  const stranger = await request(["people"], "jane");
  assert.equal(why(KUBELET, client, stranger), "subject organization is not system:nodes");
  const odd = await request(["system:nodes"], "jane");
  assert.equal(why(KUBELET, client, odd), "subject common name does not begin with system:node:");
});
