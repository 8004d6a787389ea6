// ServiceAccount: a pod gets the account of its namespace, and a volume with a token for it (KEP-1205).
// It refuses pods whose account does not exist, and mirror pods that name one.
import { nameSuffix } from "../../base/random.ts";
import type { Random } from "../../base/random.ts";
import { Pod } from "../../resources/core/pod.ts";
import type { Container } from "../../resources/core/pod/container.ts";
import { PodSpec } from "../../resources/core/pod/spec.ts";
import type { Volume } from "../../resources/core/pod/volume.ts";
import { ServiceAccount } from "../../resources/core/service-account.ts";
import { changedOnce } from "../../schema/derived.ts";
import { forbidden } from "../../schema/meta/status.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";

const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const MIRROR = "kubernetes.io/config.mirror";
/** A little over an hour: the kubelet renews at 80 % of an hour, and clocks differ. */
const EXPIRATION_SECONDS = 3607;

const isPodCreation = ({ operation, resource, subresource }: AdmissionRequest) =>
  operation === "create" && resource.kind === "Pod" && resource.group === "" && subresource === "";

const refusal = (name: string, why: string) => forbidden({ group: "", resource: "pods" }, name, why);

export function serviceAccountAdmission(random: Random): AdmissionPlugin {
  // The pods of a workload, which are of one spec, share the name of the volume: it only has to be new in the pod.
  const mounted = changedOnce(PodSpec, (spec: PodSpec) => withTokenVolume(spec, random));
  return {
    name: "ServiceAccount",

    mutate: (request, services) => (isPodCreation(request) ? withItsAccount(request, services) : request.object),
  };

  async function withItsAccount(request: AdmissionRequest, { lookup }: AdmissionServices): Promise<Pod> {
    const pod = request.object as Pod;
    if (pod.metadata.annotations?.[MIRROR] !== undefined) {
      refuseMirrorReferences(pod, request.name);
      return pod;
    }
    const accountName = pod.spec.serviceAccountName || "default";
    const account =
      lookup.get(ServiceAccount, request.namespace, accountName) ??
      (await lookup.read(ServiceAccount, request.namespace, accountName));
    if (!account) {
      const missing = `serviceaccount "${accountName}" not found`;
      throw refusal(
        request.name || (pod.metadata.generateName ?? ""),
        `error looking up service account ${request.namespace}/${accountName}: ${missing}`,
      );
    }
    let spec = withAccount(pod.spec, accountName);
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) spec = mounted(spec);
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
      spec = { ...spec, imagePullSecrets: account.imagePullSecrets };
    return { ...pod, spec };
  }
}

const withAccount = changedOnce(PodSpec, (spec: PodSpec, name: string): PodSpec => ({
  ...spec,
  serviceAccountName: name,
  serviceAccount: name,
}));

function refuseMirrorReferences(pod: Pod, name: string): void {
  if (pod.spec.serviceAccountName) throw refusal(name, "a mirror pod may not reference service accounts");
  const projects = (v: Volume) => v.projected?.sources?.some((s) => s.serviceAccountToken) ?? false;
  if (pod.spec.volumes?.some((v) => v.secret)) throw refusal(name, "a mirror pod may not reference secrets");
  if (pod.spec.volumes?.some(projects))
    throw refusal(name, "a mirror pod may not use ServiceAccountToken volume projections");
}

/** The token volume, and its mount in each container that has nothing at that place. */
function withTokenVolume(spec: PodSpec, random: Random): PodSpec {
  const existing = spec.volumes?.find((v) => v.name.startsWith("kube-api-access-") && v.projected);
  const name = existing?.name ?? `kube-api-access-${nameSuffix(random)}`;
  let mounted = false;
  const mount = (container: Container): Container => {
    if (container.volumeMounts?.some((m) => m.mountPath === MOUNT_PATH)) return container;
    mounted = true;
    return {
      ...container,
      volumeMounts: [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }],
    };
  };
  const containers = spec.containers.map(mount);
  const initContainers = spec.initContainers?.map(mount);
  if (!mounted) return spec;
  const volumes = existing ? spec.volumes : [...(spec.volumes ?? []), tokenVolume(name)];
  return { ...spec, containers, ...(initContainers && { initContainers }), volumes };
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: EXPIRATION_SECONDS } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  },
});
