// Requests for certificates and bundles of trust: what is in them, what of them stays.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { CertificateSigningRequest } from "./certificate-signing-request.ts";
import { ClusterTrustBundle } from "./cluster-trust-bundle.ts";
import { PodCertificateRequest } from "./pod-certificate-request.ts";
import { readRequest } from "./request.ts";

/** O=dev, O=system:masters, CN=alice; ECDSA with SHA-256. */
const REQUEST =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIek1JR1pBZ0VBTURjeEREQUtCZ05WQkFvTUEyUmxkakVYTUJVR0ExVUVDZ3dPYzNsemRHVnRPbTFoYzNSbApjbk14RGpBTUJnTlZCQU1NQldGc2FXTmxNRmt3RXdZSEtvWkl6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUUzY2FDClBpV3dsZDU5UVBHTS9hMnpaa0ExSjZRM0g3c2pmcmc5bTZ2cURNRUJSR2N6SWFSMHp2blpnRHVKUjVHckFDaW8KMjNBbklMcCtIZnI3VzZXNHBhQUFNQW9HQ0NxR1NNNDlCQU1DQTBrQU1FWUNJUUNvVXV1NEd6TlZWTzJyelRtdgp3OEtaNjA5TkJvTnhGanZQaWhJVEphajBaZ0loQUpNQ2dPNzNqbzNjK2pJWkJpdW43ZXNLMXE3WTBIc3lvNENlCkVwNVluNE5xCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";
const AUTHORITY =
  "-----BEGIN CERTIFICATE-----\nMIIBcTCCARegAwIBAgIUeEdkXiaN6oMyIs4nC95kRbn6HqQwCgYIKoZIzj0EAwIw\nDTELMAkGA1UEAwwCY2EwIBcNMjYxMTI0MTIxODE2WhgPMjEyNjEwMzExMjE4MTZa\nMA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3caCPiWw\nld59QPGM/a2zZkA1J6Q3H7sjfrg9m6vqDMEBRGczIaR0zvnZgDuJR5GrACio23An\nILp+Hfr7W6W4paNTMFEwHQYDVR0OBBYEFCKhs89P1yDT0y55qeQvczZnvNo1MB8G\nA1UdIwQYMBaAFCKhs89P1yDT0y55qeQvczZnvNo1MA8GA1UdEwEB/wQFMAMBAf8w\nCgYIKoZIzj0EAwIDSAAwRQIgK71CXWBBzopqDY61lgMexVW+D5b/JeoqjDTiCWWP\n/TcCIQDR0ts7yMSu1L7L4+R9B+uFe1KknhrO2gv0FTWrM1T+Sg==\n-----END CERTIFICATE-----\n";

const spec = (more: object = {}) => ({
  spec: { request: REQUEST, signerName: "example.com/s", usages: ["client auth"], username: "mallory", ...more },
});
const errors = (more: object) => tryOut(CertificateSigningRequest, spec(more)).errors.join("; ");

it("reads whose a request is, and refuses one that was changed", () => {
  assert.deepEqual(readRequest(REQUEST), { commonName: "alice", organizations: ["dev", "system:masters"] });
  const der = Buffer.from(
    Buffer.from(REQUEST, "base64")
      .toString()
      .replaceAll(/-----.*-----|\n/g, ""),
    "base64",
  );
  der[der.indexOf("alice")] = "b".charCodeAt(0);
  const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  const encoded = Buffer.from(changed).toString("base64");
  assert.match(errors({ request: encoded }), /request: .*x509: ECDSA verification failure$/);
  assert.match(errors({ request: "AAAA" }), /PEM block type must be CERTIFICATE REQUEST$/);
});

it("who asks is who sent it", () => {
  const { object, errors: none } = tryOut(CertificateSigningRequest, spec());
  assert.deepEqual([none, object.spec.username, object.spec.groups], [[], "alice", ["system:authenticated"]]);
  assert.match(errors({ signerName: "a/b" }), /should be a domain with at least two segments/);
  assert.match(errors({ usages: ["fly"] }), /usages\[0\]: Unsupported value: "fly"/);
});

it("a decision has its time, stays, and excludes the other", () => {
  const { object: old } = tryOut(CertificateSigningRequest, spec());
  const decide = (subresource: string, from: typeof old, ...types: string[]) => {
    const conditions = types.map((type) => ({ type, status: "True" }));
    return tryOut(CertificateSigningRequest, { ...old, status: { conditions } }, { old: from, subresource });
  };
  const { object: approved, errors: none } = decide("approval", old, "Approved");
  assert.deepEqual(none, []);
  assert.equal(approved.status.conditions?.[0]?.lastUpdateTime, "2020-01-01T00:00:00Z");
  assert.match(decide("approval", approved, "Approved", "Denied").errors.join(), /are mutually exclusive$/);
  assert.match(decide("approval", approved).errors.join(), /may not remove a condition of type "Approved"$/);
  assert.match(decide("status", old, "Denied").errors.join(), /may not add a condition of type "Denied"$/);
});

it("a bundle has authorities, each once, and its signer's name before its own", () => {
  const tried = (trustBundle: string, signerName = "", name = "x") =>
    tryOut(ClusterTrustBundle, { metadata: { name }, spec: { signerName, trustBundle } }).errors.join("; ");
  assert.equal(tried(AUTHORITY), "");
  assert.equal(tried(AUTHORITY, "example.com/s", "example.com:s:x"), "");
  assert.match(tried(AUTHORITY, "example.com/s"), /must be named with prefix example\.com:s:$/);
  assert.match(tried(AUTHORITY + AUTHORITY), /duplicate trust anchor/);
  assert.match(
    tried("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    /entry 0 does not parse as X\.509/,
  );
});

it("a pod's request is for an hour at least, and stays", () => {
  const names = {
    podName: "p",
    serviceAccountName: "s",
    nodeName: "n",
    podUID: "1",
    serviceAccountUID: "2",
    nodeUID: "3",
  };
  const asked = { ...names, signerName: "example.com/s", stubPKCS10Request: "AAAA" };
  const { object: old, errors: none } = tryOut(PodCertificateRequest, { spec: asked });
  assert.deepEqual([none, old.spec.maxExpirationSeconds], [[], 86_400]);
  const short = { spec: { ...asked, maxExpirationSeconds: 5 } };
  assert.match(tryOut(PodCertificateRequest, short).errors.join(), /must be in the range \[3600, 7862400\]$/);
  assert.match(tryOut(PodCertificateRequest, short, { old }).errors.join(), /^spec: .*field is immutable$/);
});
