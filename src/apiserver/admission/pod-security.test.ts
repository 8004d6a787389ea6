// Pod Security by labels of namespaces: what is refused, what is warned about, what is let pass.
import assert from "node:assert/strict";
import { it } from "node:test";
import { Deployment } from "../../resources/apps/deployment.ts";
import { Namespace } from "../../resources/core/namespace.ts";
import { Pod } from "../../resources/core/pod.ts";
import { make, makePod, NAMESPACE, podOf, refusal, trialServer } from "./trial.ts";

const labelled = (labels: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(labels).map(([mode, value]) => [`pod-security.kubernetes.io/${mode}`, value]));
const under = (labels: Readonly<Record<string, string>>) => trialServer({ labels: labelled(labels) });

const HARDENED = {
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  },
};

it("restricted demands what baseline forbids and more, in upstream's words", async () => {
  const trial = await under({ enforce: "restricted" });
  assert.equal(
    await refusal(
      makePod(trial, podOf("x", { securityContext: { privileged: true, runAsUser: 0 } }, { hostPID: true })),
    ),
    'pods "x" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostPID=true), ' +
      'privileged (container "c" must not set securityContext.privileged=true), ' +
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), ' +
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), ' +
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
      'runAsUser=0 (container "c" must not set runAsUser=0), ' +
      'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
  await makePod(trial, podOf("y", HARDENED));
});

it("restricted volumes stand for hostPath ones", async () => {
  const trial = await under({ enforce: "restricted" });
  const volumes = [
    { name: "h", hostPath: { path: "/" } },
    { name: "e", emptyDir: {} },
  ];
  assert.match(
    await refusal(makePod(trial, podOf("x", HARDENED, { volumes }))),
    /: restricted volume types \(volume "h" uses restricted volume type "hostPath"\)$/,
  );
});

it("a pinned version knows only the controls of its time", async () => {
  const httpGet = { port: 80, host: "example.com" };
  const probed = podOf("x", { livenessProbe: { httpGet } });
  await makePod(await under({ enforce: "baseline", "enforce-version": "v1.33" }), probed);
  assert.match(
    await refusal(makePod(await under({ enforce: "baseline", "enforce-version": "v1.34" }), probed)),
    /"baseline:v1\.34": probe or lifecycle host \(container "c" uses probe or lifecycle host "example\.com"\)$/,
  );
});

it("user namespaces excuse root since 1.35", async () => {
  const { runAsNonRoot: _, ...others } = HARDENED.securityContext;
  const pod = podOf("x", { securityContext: { ...others, runAsUser: 0 } }, { hostUsers: false });
  await makePod(await under({ enforce: "restricted" }), pod);
  const refused = await refusal(makePod(await under({ enforce: "restricted", "enforce-version": "v1.34" }), pod));
  assert.match(refused, /runAsNonRoot != true .*, runAsUser=0 /);
});

it("workloads are warned about and let pass, by warn or else by enforce", async () => {
  const template = {
    metadata: { labels: { a: "b" } },
    spec: { hostNetwork: true, containers: [{ name: "c", image: "a" }] },
  };
  const body = { metadata: { name: "d" }, spec: { selector: { matchLabels: { a: "b" } }, template } };
  for (const labels of [{ enforce: "baseline" }, { warn: "baseline" }]) {
    const trial = await under(labels);
    await make(trial, Deployment, body);
    assert.deepEqual(trial.warnings, [
      'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    ]);
  }
});

it("labels must mean something, and pods that are there are reported once for each fault", async () => {
  const trial = await trialServer();
  for (const name of ["b", "a", "c"]) await makePod(trial, podOf(name, {}, { hostNetwork: true }));
  const label = (labels: Readonly<Record<string, string>>) =>
    trial.client.patch(
      Namespace,
      { name: NAMESPACE },
      { type: "merge", body: { metadata: { labels: labelled(labels) } } },
    );
  assert.match(
    await refusal(label({ enforce: "strict" })),
    /metadata\.labels\[pod-security\.kubernetes\.io\/enforce\]: Invalid value: "strict": must be one of privileged, baseline, restricted$/,
  );
  await label({ enforce: "baseline" });
  assert.deepEqual(trial.warnings.slice(-2), [
    `existing pods in namespace "${NAMESPACE}" violate the new PodSecurity enforce level "baseline:latest"`,
    "a (and 2 other pods): host namespaces",
  ]);
});

it("of a pod that is there already only new images and containers are judged", async () => {
  const trial = await trialServer();
  const pod = await makePod(trial, podOf("x", { securityContext: { privileged: true } }));
  const body = { metadata: { labels: labelled({ enforce: "baseline" }) } };
  await trial.client.patch(Namespace, { name: NAMESPACE }, { type: "merge", body });
  const kept = await trial.client.update(Pod, { ...pod, metadata: { ...pod.metadata, labels: { a: "b" } } });
  const [container] = kept.spec.containers;
  const renewed = { ...kept, spec: { ...kept.spec, containers: [{ ...container!, image: "other" }] } };
  assert.match(await refusal(trial.client.update(Pod, renewed)), /privileged/);
});
