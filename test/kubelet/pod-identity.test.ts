// What pods prove who they are with, and whom they trust: certificates asked of a signer, and bundles of a cluster.
import { test } from "node:test";
import assert from "node:assert/strict";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { formatTime } from "../../src/base/timestamp.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import { podCertificates } from "../../src/kubelet/volumes/certificates.ts";
import { trustBundles } from "../../src/kubelet/volumes/trust-bundles.ts";
import { ClusterTrustBundle } from "../../src/resources/certificates/cluster-trust-bundle.ts";
import { PodCertificateRequest } from "../../src/resources/certificates/pod-certificate-request.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { Node } from "../../src/resources/core/node.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { ServiceAccount } from "../../src/resources/core/service-account.ts";
import { issueAuthority } from "../../src/wire/x509/issue.ts";
import { bareServer } from "../client/carriers.ts";

const NAMESPACE = "default";
const SIGNER = "example.com/spiffe";
const HOUR_MS = 3_600_000;

async function world() {
  const clock = new VirtualClock(1_700_000_000_000);
  const server = await bareServer(
    [Namespace, Node, Pod, ServiceAccount, PodCertificateRequest, ClusterTrustBundle],
    clock,
  );
  const client = server.localClient({ name: "admin", groups: ["system:masters"] });
  await client.create(Namespace, { metadata: { name: NAMESPACE }, spec: {} });
  await client.create(Node, { metadata: { name: "n" }, spec: {} });
  await client.create(ServiceAccount, { metadata: { namespace: NAMESPACE, name: "default" } });
  const stop = new AbortController();
  const random = seededRandom(1);
  const options = { client, clock, random, log: silentLog, signal: stop.signal };
  const news: string[] = [];
  const tell = (uid: string) => void news.push(uid);
  const makeStub = async (keyType: string) => ({ key: `key of ${keyType}\n`, request: new Uint8Array([0x30, 0]) });
  const certificates = podCertificates({ ...options, nodeName: "n", makeStub }, tell);
  const bundles = trustBundles(options, tell);
  /** What came of it: a value, or why there is none. */
  const outcome = async <T>(asked: Promise<T>): Promise<T | string> => {
    const settled = asked.catch((error: Error) => error.message);
    await clock.settle();
    return settled;
  };
  return {
    clock,
    client,
    certificates,
    bundles,
    outcome,
    news: async () => (await clock.settle(), news.splice(0)),
    settle: (of: PodCertificateRequest, condition: object, status: object = {}) => {
      const { namespace, name } = of.metadata as { namespace: string; name: string };
      const settled = { status: "True", lastTransitionTime: formatTime(clock.now()), ...condition };
      const body = { status: { ...status, conditions: [settled] } };
      return client.patch(
        PodCertificateRequest,
        { namespace, name },
        { type: "merge", body },
        { subresource: "status" },
      );
    },
    requests: async () => (await client.list(PodCertificateRequest, { namespace: NAMESPACE })).items,
    close: async () => (stop.abort(), server.close(0)),
  };
}

const pod = (uid: string) =>
  ({ metadata: { name: uid, namespace: NAMESPACE, uid }, spec: { containers: [] }, status: {} }) as unknown as Pod;

const authority = (commonName: string) =>
  issueAuthority({ commonName, notBefore: 0, notAfter: 4_000_000_000_000 }, seededRandom(1));

test("a certificate is asked for, arrives, is renewed in time; the old one serves meanwhile", async () => {
  const w = await world();
  const projection = {
    signerName: SIGNER,
    keyType: "ED25519",
    maxExpirationSeconds: 3600,
    userAnnotations: { "a.b/c": "d" },
  };
  const get = () => w.outcome(w.certificates.credentials(pod("p"), { volume: "v", index: 0 }, projection));
  assert.equal(await get(), "credential bundle is not issued yet");
  assert.equal(await get(), "credential bundle is not issued yet");
  const [request, ...more] = await w.requests();
  assert.equal(more.length, 0, "asked once");
  assert.match(request!.metadata.name!, /^req-/);
  assert.deepEqual(request!.metadata.ownerReferences, [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "p" }]);
  const { signerName, podName, nodeName, maxExpirationSeconds, unverifiedUserAnnotations, stubPKCS10Request } =
    request!.spec;
  assert.deepEqual(
    { signerName, podName, nodeName, maxExpirationSeconds, unverifiedUserAnnotations, stubPKCS10Request },
    {
      signerName: SIGNER,
      podName: "p",
      nodeName: "n",
      maxExpirationSeconds: 3600,
      unverifiedUserAnnotations: { "a.b/c": "d" },
      stubPKCS10Request: "MAA=",
    },
  );
  await w.news();

  const { cert } = await authority("one");
  const issue = (of: PodCertificateRequest, certificateChain: string) => {
    const [notBefore, beginRefreshAt, notAfter] = [0, HOUR_MS / 2, HOUR_MS].map((ms) => formatTime(w.clock.now() + ms));
    return w.settle(
      of,
      { type: "Issued", reason: "Signed" },
      { certificateChain, notBefore, beginRefreshAt, notAfter },
    );
  };
  await issue(request!, `said by the signer\n${cert}`);
  assert.deepEqual(await w.news(), ["p"]);
  const first = { key: "key of ED25519\n", chain: cert };
  const told = (value: unknown) => ({ key: (value as typeof first).key, chain: (value as typeof first).chain });
  assert.deepEqual(told(await get()), first);

  await w.clock.advance(HOUR_MS / 2 + 6 * 60_000);
  assert.deepEqual(told(await get()), first, "it is good for a while");
  const second = (await w.requests()).find(({ metadata }) => metadata.name !== request!.metadata.name);
  assert.ok(second, "another one is asked for");
  const { cert: next } = await authority("two");
  await issue(second, next);
  await w.news();
  assert.equal(told(await get()).chain, next);
  await w.close();
});

test("a signer's refusal is final", async () => {
  const w = await world();
  const projection = { signerName: SIGNER, keyType: "ED25519" };
  const get = () => w.outcome(w.certificates.credentials(pod("p"), { volume: "v", index: 0 }, projection));
  await get();
  const [request] = await w.requests();
  await w.settle(request!, { type: "Denied", reason: "Unknown", message: "who?" });
  await w.news();
  const why = 'PodCertificateRequest was permanently denied: reason="Unknown" message="who?"';
  assert.equal(await get(), why);
  assert.equal(await get(), why);
  assert.equal((await w.requests()).length, 1);
  await w.close();
});

test("bundles by name or by signer and labels; absent ones only where that is allowed; news of changes", async () => {
  const w = await world();
  const [one, two] = await Promise.all(["one", "two"].map(async (name) => (await authority(name)).cert));
  const make = (name: string, trustBundle: string, live = "yes") =>
    w.client.create(ClusterTrustBundle, {
      metadata: { name: `example.com:spiffe:${name}`, labels: { live } },
      spec: { signerName: SIGNER, trustBundle },
    });
  await make("a", one!);
  await make("b", one! + two!);
  await make("old", two!, "no");
  const anchors = (projection: object) =>
    w.outcome(
      w.bundles.anchors(pod("p"), { path: "ca.pem", ...projection } as Parameters<typeof w.bundles.anchors>[1]),
    );
  assert.equal(await anchors({ name: "example.com:spiffe:a" }), one);
  assert.equal(
    await anchors({ name: "none" }),
    'while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "none" not found',
  );
  assert.equal(await anchors({ name: "none", optional: true }), "");
  const both = (await anchors({ signerName: SIGNER, labelSelector: {} })) as string;
  assert.equal(both.length, one!.length + two!.length, "each once");
  assert.ok(both.includes(one!) && both.includes(two!));
  assert.equal(await anchors({ signerName: SIGNER, labelSelector: { matchLabels: { live: "no" } } }), two);
  const nothing = "combination of signerName and labelSelector matched zero ClusterTrustBundles";
  assert.equal(await anchors({ signerName: SIGNER }), nothing, "no selector selects nothing");
  assert.equal(await anchors({ signerName: SIGNER, optional: true }), "");

  await w.news();
  await w.client.delete(ClusterTrustBundle, { name: "example.com:spiffe:old" });
  assert.deepEqual(await w.news(), ["p"]);
  w.bundles.forget("p");
  await w.client.delete(ClusterTrustBundle, { name: "example.com:spiffe:b" });
  assert.deepEqual(await w.news(), []);
  await w.close();
});
