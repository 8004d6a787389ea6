// An image that came with a pod's secret is for those who have it: others must show the registry what they have. On the
// simulated runtime, whose registry knows one password, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Draft } from "../../src/client/client.ts";
import { pullCredentials } from "../../src/kubelet/images/pull-secrets.ts";
import type { KubeletOptions } from "../../src/kubelet/kubelet.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { isReady } from "../../src/resources/core/pod/readiness.ts";
import type { Secret } from "../../src/resources/core/secret.ts";
import { GrpcError } from "../../src/wire/grpc/error.ts";
import { eventsOf, podNamed, testNode } from "./node.ts";

const IMAGE = "reg.example.com/team/app:1";
/** As for one that is not there at all. */
const NEVER = `Container image "${IMAGE}" is not present with pull policy of Never`;
const PRESENT = `Container image "${IMAGE}" already present on machine and can be accessed by the pod`;

const secret = (name: string, password: string): Secret => {
  const auths = { "reg.example.com": { username: "u", password } };
  const data = { ".dockerconfigjson": Buffer.from(JSON.stringify({ auths })).toString("base64") };
  return { metadata: { name, namespace: "default", uid: name }, data };
};
const SECRETS = [secret("right", "p"), secret("wrong", "q"), secret("copy", "p")];

function pod(name: string, secretName?: string, imagePullPolicy = "IfNotPresent"): Draft<Pod> {
  const container = { name: "c", image: IMAGE, imagePullPolicy, command: ["sh", "-c", "sleep 1000"] };
  const imagePullSecrets = secretName === undefined ? [] : [{ name: secretName }];
  return {
    metadata: { name, namespace: "default" },
    spec: { nodeName: "node-1", containers: [container], imagePullSecrets } as unknown as Pod["spec"],
  };
}

test("a pod without the secret does not get the image that another one's secret brought", async () => {
  let pulls = 0;
  const pull = (_: string, auth: { readonly password?: string | undefined } | undefined) => {
    if (auth?.password === "p") pulls++;
    return auth?.password === "p" ? 100 : new GrpcError("Unknown", "pull access denied");
  };
  const credentials: KubeletOptions["credentials"] = async (image, { spec }) => {
    const names = (spec.imagePullSecrets ?? []).map((one) => one.name);
    return pullCredentials(
      image,
      SECRETS.filter(({ metadata }) => names.includes(metadata.name!)),
    );
  };
  const node = await testNode({ images: [], pull }, { credentials });
  const start = async (name: string, secretName?: string, policy?: string) => {
    await node.client.create(Pod, pod(name, secretName, policy));
    await node.clock.advance(3000);
    const seen = await podNamed(node.client, name);
    return isReady(seen) ? "ready" : seen.status.containerStatuses?.[0]?.state?.waiting;
  };
  assert.equal(await start("first", "right"), "ready");
  assert.equal(pulls, 1);
  const none = await start("none");
  assert.match(
    JSON.stringify(none),
    /ImagePullBackOff.*ErrImagePull: rpc error: code = Unknown desc = pull access denied/,
  );
  assert.match(JSON.stringify(await start("other", "wrong")), /pull access denied/);
  assert.equal(await start("again", "right"), "ready");
  assert.equal(await start("same", "copy"), "ready");
  assert.ok(!(await eventsOf(node.client, "same")).some((text) => text.includes("Pulling")));
  assert.ok((await eventsOf(node.client, "same")).includes(`Normal Pulled spec.containers{c} ${PRESENT}`));
  assert.equal(await start("never", "right", "Never"), "ready");
  assert.equal(pulls, 1, "who has it need not ask the registry");
  assert.deepEqual(await start("refused", undefined, "Never"), { reason: "ErrImageNeverPull", message: NEVER });
  assert.ok((await eventsOf(node.client, "refused")).includes(`Warning ErrImageNeverPull spec.containers{c} ${NEVER}`));
  await node.close();
});
