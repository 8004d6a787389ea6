// What kubelets may read and write: the Node authorizer and NodeRestriction together, through a whole server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PodCertificateRequest } from "../../resources/certificates/pod-certificate-request.ts";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { Node } from "../../resources/core/node.ts";
import { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import { PersistentVolume } from "../../resources/core/persistent-volume.ts";
import { Pod } from "../../resources/core/pod.ts";
import { Secret } from "../../resources/core/secret.ts";
import { Lease } from "../../resources/coordination/lease.ts";
import { ResourceSlice } from "../../resources/resource/resource-slice.ts";
import { CSINode } from "../../resources/storage/csi-node.ts";
import { VolumeAttachment } from "../../resources/storage/volume-attachment.ts";
import { StatusError } from "../../schema/meta/status.ts";
import { NAMESPACE, podOf, trialServer } from "./trial.ts";

const KUBELET = { name: "system:node:n1", groups: ["system:nodes", "system:authenticated"] };

async function cluster() {
  const { client, admin } = await trialServer({ user: KUBELET });
  const made = (name: string, more: object = {}) => ({ metadata: { name, namespace: NAMESPACE }, ...more }) as never;
  await admin.create(Node, { metadata: { name: "n1" } } as never);
  await admin.create(Node, { metadata: { name: "n2" } } as never);
  for (const name of ["mine", "other", "volumes"]) await admin.create(Secret, made(name));
  await admin.create(ConfigMap, made("mine"));
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } }, volumeName: "pv" };
  await admin.create(PersistentVolumeClaim, made("claim", { spec }));
  const nodeStageSecretRef = { name: "volumes", namespace: NAMESPACE };
  await admin.create(PersistentVolume, {
    metadata: { name: "pv" },
    spec: {
      capacity: { storage: "1" },
      accessModes: ["ReadWriteOnce"],
      claimRef: { namespace: NAMESPACE, name: "claim" },
      csi: { driver: "d", volumeHandle: "h", nodeStageSecretRef },
    },
  } as never);
  for (const nodeName of ["n1", "n2"]) {
    const source = { persistentVolumeName: "pv" };
    await admin.create(VolumeAttachment, {
      metadata: { name: nodeName },
      spec: { attacher: "d", source, nodeName },
    } as never);
  }
  const volumes = [
    { name: "s", secret: { secretName: "mine" } },
    { name: "c", configMap: { name: "mine" } },
    { name: "p", persistentVolumeClaim: { claimName: "claim" } },
  ];
  await admin.create(Pod, podOf("here", {}, { nodeName: "n1", volumes }));
  await admin.create(Pod, podOf("there", {}, { nodeName: "n2" }));
  return { client, admin };
}

/** The message of a refusal; undefined if there is none. */
async function refusal(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error));
    return error.message;
  }
}

test("a kubelet reads what the pods of its node refer to, also through claims, and nothing else", async () => {
  const { client } = await cluster();
  const named = (name: string) => ({ namespace: NAMESPACE, name });
  for (const name of ["mine", "volumes"]) assert.equal(await refusal(client.get(Secret, named(name))), undefined, name);
  assert.equal(await refusal(client.get(ConfigMap, named("mine"))), undefined);
  assert.equal(await refusal(client.get(PersistentVolumeClaim, named("claim"))), undefined);
  assert.equal(await refusal(client.get(PersistentVolume, { name: "pv" })), undefined);
  assert.equal(await refusal(client.get(VolumeAttachment, { name: "n1" })), undefined);
  assert.equal(await refusal(client.get(Pod, named("here"))), undefined);
  const none = /no relationship found between node 'n1' and this object$/;
  assert.match((await refusal(client.get(Secret, named("other")))) ?? "", none);
  assert.match((await refusal(client.get(VolumeAttachment, { name: "n2" }))) ?? "", none);
  assert.match((await refusal(client.get(Pod, named("there")))) ?? "", none);
  const told: readonly (readonly [Promise<unknown>, RegExp])[] = [
    [client.list(Secret, { namespace: NAMESPACE }), /No Object name found$/],
    [client.list(PersistentVolume, {}), /can only get individual resources of this type$/],
    [client.list(Pod, {}), /can only list\/watch pods with spec\.nodeName field selector$/],
    [client.list(Node, {}), /node 'n1' cannot read all nodes, only its own Node object$/],
    [client.get(Node, { name: "n2" }), /node 'n1' cannot read 'n2', only its own Node object$/],
    [
      client.list(ResourceSlice, {}),
      /can only list\/watch\/deletecollection resourceslices with nodeName field selector$/,
    ],
    [
      client.list(PodCertificateRequest, {}),
      /can only list\/watch podcertificaterequests with nodeName field selector$/,
    ],
    [client.get(Lease, { namespace: NAMESPACE, name: "n1" }), /leases in the "kube-node-lease" system namespace$/],
    [client.get(CSINode, { name: "n2" }), /can only access CSINode with the same name as the requesting node$/],
  ];
  for (const [attempt, why] of told) assert.match((await refusal(attempt)) ?? "allowed", why);
});

test("it creates mirror pods of its own that refer to nothing", async () => {
  const { client, admin } = await cluster();
  const { uid } = (await admin.get(Node, { name: "n1" })).metadata;
  const owner = { apiVersion: "v1", kind: "Node", name: "n1", uid, controller: true };
  const mirror = (name: string, metadata: object, spec: object = {}) =>
    refusal(
      client.create(
        Pod,
        podOf(
          name,
          {},
          { nodeName: "n1", ...spec },
          { annotations: { "kubernetes.io/config.mirror": "x" }, ...metadata },
        ),
      ),
    );
  const who = 'node "n1"';
  assert.equal(await mirror("ok", { ownerReferences: [owner] }), undefined);
  const cases: readonly (readonly [what: object, spec: object, why: string])[] = [
    [
      { annotations: {} },
      {},
      `pod does not have "kubernetes.io/config.mirror" annotation, ${who} can only create mirror pods`,
    ],
    [{}, { nodeName: "n2" }, `${who} can only create pods with spec.nodeName set to itself`],
    [{}, {}, `${who} can only create pods with an owner reference set to itself`],
    [
      { ownerReferences: [{ ...owner, name: "n2" }] },
      {},
      `${who} can only create pods with an owner reference set to itself`,
    ],
    [
      { ownerReferences: [{ ...owner, controller: false }] },
      {},
      `${who} can only create pods with a controller owner reference set to itself`,
    ],
    [{ ownerReferences: [{ ...owner, uid: "u" }] }, {}, `node n1 UID mismatch: expected u got ${uid}`],
    [
      { ownerReferences: [owner] },
      {
        volumes: [
          {
            name: "e",
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } },
              },
            },
          },
        ],
      },
      `${who} can not create pods that reference persistentvolumeclaims (via ephemeral volumes)`,
    ],
  ];
  for (const [metadata, spec, why] of cases)
    assert.equal(await mirror("m", metadata, spec), `pods "m" is forbidden: ${why}`);
});

test("its Node keeps taints, owners and the labels of others; of claims it reports sizes", async () => {
  const { client } = await cluster();
  const node = await client.get(Node, { name: "n1" });
  const change = (more: object, meta: object = {}) =>
    refusal(client.update(Node, { ...node, ...more, metadata: { ...node.metadata, ...meta } } as Node));
  assert.equal(await change({}, { labels: { "node.kubernetes.io/x": "y", mine: "z" } }), undefined);
  const said = (why: string) => `nodes "n1" is forbidden: ${why}`;
  const label = { "node-role.kubernetes.io/control-plane": "" };
  assert.equal(
    await change({}, { labels: label, resourceVersion: undefined }),
    said("is not allowed to modify labels: node-role.kubernetes.io/control-plane"),
  );
  assert.equal(
    await change({ spec: { taints: [{ key: "a", effect: "NoSchedule" }] } }, { resourceVersion: undefined }),
    said('node "n1" is not allowed to modify taints'),
  );
  assert.equal(
    await refusal(client.create(Node, { metadata: { name: "n3" } } as never)),
    'nodes "n3" is forbidden: node "n1" is not allowed to modify node "n3"',
  );
});

test("a request for a certificate says what is so", async () => {
  const { client, admin } = await cluster();
  const pod = await admin.get(Pod, { namespace: NAMESPACE, name: "here" });
  const node = await admin.get(Node, { name: "n1" });
  const spec = {
    signerName: "example.com/s",
    podName: "here",
    podUID: pod.metadata.uid,
    serviceAccountName: "default",
    serviceAccountUID: "u",
    nodeName: "n1",
    nodeUID: node.metadata.uid,
    maxExpirationSeconds: 86_400,
    stubPKCS10Request: "",
  };
  const ask = (more: object) =>
    refusal(
      client.create(PodCertificateRequest, {
        metadata: { name: "r", namespace: NAMESPACE },
        spec: { ...spec, ...more },
      } as never),
    );
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ nodeName: "n2" }, /PodCertificateRequest\.Spec\.NodeName="n2", which is not the requesting node "n1"$/],
    [{ nodeUID: "u" }, /for pod "demo\/here" names node UID "u", inconsistent with the running node/],
    [
      { podName: "gone" },
      /^while retrieving pod "demo\/gone" named in the PodCertificateRequest: pod "gone" not found$/,
    ],
    [{ podUID: "u" }, /for pod "demo\/here" contains pod UID \("u"\) which differs from running pod/],
    [{ serviceAccountName: "x" }, /contains serviceAccountName \("x"\) that differs from running pod \("default"\)$/],
    [{}, /names service account UID "u", which differs from the running service account/],
  ];
  for (const [more, why] of cases) assert.match((await ask(more)) ?? "allowed", why);
});
