// The credentials that a kubelet may ask for: tokens and certificates of the pods on its node. It refuses to issue any.
import type { TokenRequest } from "../../resources/authentication/token-request.ts";
import type { PodCertificateRequest } from "../../resources/certificates/pod-certificate-request.ts";
import { Node } from "../../resources/core/node.ts";
import { PersistentVolume } from "../../resources/core/persistent-volume.ts";
import { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import type { Volume } from "../../resources/core/pod/volume.ts";
import { Pod } from "../../resources/core/pod.ts";
import { ServiceAccount } from "../../resources/core/service-account.ts";
import { CSIDriver } from "../../resources/storage/csi-driver.ts";
import { notFound, StatusError } from "../../schema/meta/status.ts";
import type { Lookup } from "./plugin.ts";
import { MIRROR } from "./node-write.ts";
import type { NodeWrite } from "./node-write.ts";

/** Whether RBAC gives the node this right, which is about no kind. */
function mayAsk({ request, services }: NodeWrite, verb: string, what: string, name: string): boolean {
  const { group, version } = request.resource;
  const info = {
    isResource: true,
    verb,
    path: "",
    group,
    version,
    namespace: request.namespace,
    resource: what,
    subresource: "",
    name,
  };
  return services.authorizer.authorize(request.context.user, info).outcome === "allow";
}

/** A token is bound to a pod that runs on the node, for an audience that the pod names. */
export function tokenOfPod(write: NodeWrite): void {
  const { request, services, node, refuse } = write;
  if (request.operation !== "create" || request.subresource !== "token") return;
  const { boundObjectRef: ref, audiences = [] } = (request.object as TokenRequest).spec;
  if (ref?.apiVersion !== "v1" || ref.kind !== "Pod" || !ref.name)
    throw refuse("node requested token not bound to a pod");
  if (!ref.uid) throw refuse("node requested token with a pod binding without a uid");
  const pod = services.lookup.get(Pod, request.namespace, ref.name);
  if (pod === undefined) throw notFound({ group: "", resource: "pods" }, ref.name);
  if (ref.uid !== pod.metadata.uid) {
    const why = "does not match the UID in record. The object might have been deleted and then recreated";
    throw refuse(`the UID in the bound object reference (${ref.uid}) ${why}`);
  }
  if (pod.spec.nodeName !== node) throw refuse("node requested token bound to a pod scheduled on a different node");
  if (audiences.length > 1) throw refuse("node may only request 0 or 1 audiences");
  const [audience = ""] = audiences;
  if (namesAudience(pod, audience, services.lookup)) return;
  if (mayAsk(write, "request-serviceaccounts-token-audience", audience, request.name)) return;
  const user = request.context.user.name;
  throw refuse(`${user} is not authorized to request tokens for audience ${JSON.stringify(audience)}`);
}

function namesAudience(pod: Pod, audience: string, lookup: Lookup): boolean {
  return (pod.spec.volumes ?? []).some((volume) => {
    const sources = volume.projected?.sources ?? [];
    if (sources.some(({ serviceAccountToken: token }) => token && (token.audience ?? "") === audience)) return true;
    const driver = driverOf(pod, volume, lookup);
    const requests = driver ? lookup.get(CSIDriver, "", driver)?.spec.tokenRequests : undefined;
    return requests?.some((one) => one.audience === audience) ?? false;
  });
}

/** The CSI driver of a volume, through its claim if it has one. */
function driverOf({ metadata }: Pod, volume: Volume, lookup: Lookup): string | undefined {
  if (volume.csi) return volume.csi.driver;
  const claim = volume.ephemeral ? `${metadata.name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
  if (claim === undefined) return undefined;
  const name = lookup.get(PersistentVolumeClaim, metadata.namespace ?? "", claim)?.spec.volumeName;
  return name ? lookup.get(PersistentVolume, "", name)?.spec.csi?.driver : undefined;
}

/** What upstream answers where its plugin fails without a status. */
const plainError = (message: string) => new StatusError({ code: 500, reason: "", message });

/** A certificate is for a pod that runs on the node, and everything that the request says of it is so. */
export function certificateOfPod(write: NodeWrite): void {
  const { request, services, node, refuse } = write;
  const { lookup } = services;
  if (request.operation !== "create") throw refuse(`unexpected operation ${request.operation.toUpperCase()}`);
  const { spec } = request.object as PodCertificateRequest;
  const q = (text: string | undefined) => JSON.stringify(text ?? "");
  const podName = q(`${request.namespace}/${spec.podName}`);
  if (spec.nodeName !== node) {
    const why = `which is not the requesting node ${q(node)}`;
    throw refuse(`PodCertificateRequest.Spec.NodeName=${q(spec.nodeName)}, ${why}`);
  }
  const missing = (what: string, named: string, plural: string, name: string) =>
    plainError(`while retrieving ${what} ${named} named in the PodCertificateRequest: ${plural} ${q(name)} not found`);
  const nodeObject = lookup.get(Node, "", node);
  if (!nodeObject) throw missing("node", q(node), "node", node);
  if (nodeObject.metadata.uid !== spec.nodeUID) {
    const why = `inconsistent with the running node (${q(nodeObject.metadata.uid)})`;
    throw plainError(`PodCertificateRequest for pod ${podName} names node UID ${q(spec.nodeUID)}, ${why}`);
  }
  const pod = lookup.get(Pod, request.namespace, spec.podName);
  if (!pod) throw missing("pod", podName, "pod", spec.podName);
  if (pod.metadata.uid !== spec.podUID) {
    const why = `which differs from running pod ${q(pod.metadata.uid)}`;
    throw plainError(`PodCertificateRequest for pod ${podName} contains pod UID (${q(spec.podUID)}) ${why}`);
  }
  if (pod.spec.nodeName !== node)
    throw refuse(`pod ${podName} is not running on node ${q(node)} named in the PodCertificateRequest`);
  if (pod.metadata.annotations?.[MIRROR] !== undefined) throw refuse(`pod ${podName} is a mirror pod`);
  const account = pod.spec.serviceAccountName;
  if (spec.serviceAccountName !== account) {
    const told = `contains serviceAccountName (${q(spec.serviceAccountName)}) that differs from running pod`;
    throw refuse(`PodCertificateRequest for pod ${podName} ${told} (${q(account)})`);
  }
  const found = lookup.get(ServiceAccount, request.namespace, spec.serviceAccountName);
  const accountName = q(`${request.namespace}/${spec.serviceAccountName}`);
  if (!found) throw missing("service account", accountName, "serviceaccount", spec.serviceAccountName);
  if (found.metadata.uid !== spec.serviceAccountUID) {
    const why = `which differs from the running service account (${q(found.metadata.uid)})`;
    throw plainError(
      `PodCertificateRequest for pod ${podName} names service account UID ${q(spec.serviceAccountUID)}, ${why}`,
    );
  }
  const sources = (pod.spec.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []);
  if (sources.some(({ podCertificate }) => podCertificate?.signerName === spec.signerName)) return;
  const signer = spec.signerName.replaceAll("/", ":");
  if (mayAsk(write, "request-serviceaccounts-podcertificate-signer", signer, spec.serviceAccountName)) return;
  const why = `does not mount a podCertificate projected volume for signer ${q(spec.signerName)}`;
  throw refuse(`pod ${podName} ${why}`);
}
