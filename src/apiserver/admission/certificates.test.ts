// Who may approve and sign, and what nobody may ask for.
import assert from "node:assert/strict";
import { it } from "node:test";
import { CertificateSigningRequest } from "../../resources/certificates/certificate-signing-request.ts";
import { ClusterRoleBinding } from "../../resources/rbac/cluster-role-binding.ts";
import { ClusterRole } from "../../resources/rbac/cluster-role.ts";
import { make, refusal, trialServer } from "./trial.ts";

/** O=dev, O=system:masters, CN=alice. */
const REQUEST =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIek1JR1pBZ0VBTURjeEREQUtCZ05WQkFvTUEyUmxkakVYTUJVR0ExVUVDZ3dPYzNsemRHVnRPbTFoYzNSbApjbk14RGpBTUJnTlZCQU1NQldGc2FXTmxNRmt3RXdZSEtvWkl6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUUzY2FDClBpV3dsZDU5UVBHTS9hMnpaa0ExSjZRM0g3c2pmcmc5bTZ2cURNRUJSR2N6SWFSMHp2blpnRHVKUjVHckFDaW8KMjNBbklMcCtIZnI3VzZXNHBhQUFNQW9HQ0NxR1NNNDlCQU1DQTBrQU1FWUNJUUNvVXV1NEd6TlZWTzJyelRtdgp3OEtaNjA5TkJvTnhGanZQaWhJVEphajBaZ0loQUpNQ2dPNzNqbzNjK2pJWkJpdW43ZXNLMXE3WTBIc3lvNENlCkVwNVluNE5xCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";
const asked = (name: string, signerName: string) => ({
  metadata: { name },
  spec: { request: REQUEST, signerName, usages: ["client auth"] },
});

it("nobody gets into system:masters by a certificate", async () => {
  const trial = await trialServer();
  const wrong = make(trial, CertificateSigningRequest, asked("a", "kubernetes.io/kube-apiserver-client"));
  assert.match(await refusal(wrong), /signer with system:masters group is not allowed$/);
});

it("who decides holds the verb on the signer, or on all of its domain", async () => {
  const user = { name: "carol", groups: ["system:authenticated"] };
  const trial = await trialServer({ user });
  const { admin } = trial;
  const views = ["certificatesigningrequests/approval", "certificatesigningrequests/status"];
  const own = { apiGroups: ["certificates.k8s.io"], resources: views, verbs: ["*"] };
  const signers = {
    apiGroups: ["certificates.k8s.io"],
    resources: ["signers"],
    verbs: ["approve"],
    resourceNames: ["a.io/*"],
  };
  await admin.create(ClusterRole, { metadata: { name: "decider" }, rules: [own, signers] });
  await admin.create(ClusterRoleBinding, {
    metadata: { name: "decider" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "decider" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "carol" }],
  });
  const condition = (type: string) =>
    ({ type: "merge", body: { status: { conditions: [{ type, status: "True" }] } } }) as const;
  const patch = (name: string, subresource: string, type: string) =>
    trial.client.patch(CertificateSigningRequest, { name }, condition(type), { subresource });
  for (const [name, signer] of [
    ["a", "a.io/s"],
    ["b", "b.io/s"],
  ] as const) {
    await admin.create(CertificateSigningRequest, asked(name, signer) as unknown as CertificateSigningRequest);
  }
  assert.equal((await patch("a", "approval", "Approved")).status.conditions?.[0]?.type, "Approved");
  assert.match(
    await refusal(patch("b", "approval", "Approved")),
    /not permitted to approve requests with signerName "b\.io\/s"$/,
  );
  assert.match(
    await refusal(patch("b", "status", "Failed")),
    /not permitted to sign requests with signerName "b\.io\/s"$/,
  );
});
