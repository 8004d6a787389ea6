// Keys and certificates of pods for projected volumes (KEP-4317): a key is made here, a PodCertificateRequest asks a signer
// for its certificate, and for another one in time. It refuses to sign, to store keys, and to ask again after a refusal.
//
// Nothing is kept over a restart: what pods need is asked for anew, while their files stay as they are.
import { readPem, writePem } from "../../base/pem.ts";
import { parseTime } from "../../base/timestamp.ts";
import { PodCertificateRequest } from "../../resources/certificates/pod-certificate-request.ts";
import { Node } from "../../resources/core/node.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { PodCertificateProjection } from "../../resources/core/pod/projections.ts";
import { ServiceAccount } from "../../resources/core/service-account.ts";
import type { RequestStub } from "../../wire/x509/request-stub.ts";
import { LateCache } from "./late-cache.ts";
import type { LateCacheOptions } from "./late-cache.ts";

/** A request that has not shown up for so long was deleted. */
const LOST_MS = 10 * 60_000;
/** Renewals of many pods shall not come at once. */
const JITTER_MS = 5 * 60_000;

const NOT_ISSUED = "credential bundle is not issued yet";

export interface Credentials {
  /** PKCS #8 in PEM. */
  readonly key: string;
  /** PEM, the pod's own certificate first. */
  readonly chain: string;
}

export interface PodCertificates {
  /** For the source at `index` of a projected volume. Throws while there is none, and for ever after a refusal. */
  credentials(
    pod: Pod,
    place: { readonly volume: string; readonly index: number },
    projection: PodCertificateProjection,
  ): Promise<Credentials>;
  forget(podUid: string): void;
}

export type CertificatesOptions = Omit<LateCacheOptions, "namespace" | "fieldSelector"> & {
  readonly nodeName: string;
  readonly makeStub: (keyType: string) => Promise<RequestStub>;
};

/** A request under way. */
interface Asked {
  readonly name: string;
  readonly key: string;
  readonly since: number;
}

interface Issued extends Credentials {
  readonly renewAt: number;
}

interface State {
  asked?: Asked | undefined;
  issued?: Issued | undefined;
  refused?: string | undefined;
}

/** `tell` is called with the uid of a pod when something became of a request for it. */
export function podCertificates(options: CertificatesOptions, tell: (podUid: string) => void): PodCertificates {
  const { client, clock, random, log, nodeName } = options;
  const states = new Map<string, Map<string, State>>();
  const requests = new LateCache(
    PodCertificateRequest,
    { ...options, fieldSelector: `spec.nodeName=${nodeName}` },
    ({ object }) => tell(object.spec.podUID),
  );
  let nodeUid: string | undefined;

  async function ask(pod: Pod, projection: PodCertificateProjection): Promise<Asked> {
    const { namespace = "", name: podName = "", uid: podUID = "" } = pod.metadata;
    const serviceAccountName = pod.spec.serviceAccountName || "default";
    nodeUid ??= (await client.get(Node, { name: nodeName })).metadata.uid;
    const account = await client.get(ServiceAccount, { namespace, name: serviceAccountName });
    const { key, request } = await options.makeStub(projection.keyType);
    const made = await client.create(PodCertificateRequest, {
      metadata: {
        namespace,
        generateName: "req-",
        ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: podName, uid: podUID }],
      },
      spec: {
        signerName: projection.signerName,
        podName,
        podUID,
        serviceAccountName,
        serviceAccountUID: account.metadata.uid ?? "",
        nodeName,
        nodeUID: nodeUid ?? "",
        maxExpirationSeconds: projection.maxExpirationSeconds,
        stubPKCS10Request: Buffer.from(request).toString("base64"),
        ...(projection.userAnnotations && { unverifiedUserAnnotations: projection.userAnnotations }),
      },
    });
    return { name: made.metadata.name!, key, since: clock.now() };
  }

  /** Takes what has become of the request under way. */
  async function learn(state: State, namespace: string): Promise<void> {
    const { asked } = state;
    const cache = await requests.read();
    if (asked === undefined) return;
    const found = cache.get({ namespace, name: asked.name });
    if (found === undefined) {
      if (clock.now() - asked.since > LOST_MS) state.asked = undefined;
      return;
    }
    const settled = (found.status.conditions ?? []).find(({ type }) => ["Issued", "Denied", "Failed"].includes(type));
    if (settled === undefined) return;
    state.asked = undefined;
    if (settled.type === "Issued") {
      const renewAt = parseTime(found.status.beginRefreshAt ?? "").ms + random.float() * JITTER_MS;
      state.issued = { key: asked.key, chain: chainOf(found.status.certificateChain ?? ""), renewAt };
      return;
    }
    const what = settled.type === "Denied" ? "denied" : "failed";
    const [reason, message] = [settled.reason ?? "", settled.message ?? ""].map((text) => JSON.stringify(text));
    state.issued = undefined;
    state.refused = `PodCertificateRequest was permanently ${what}: reason=${reason} message=${message}`;
  }

  return {
    async credentials(pod, { volume, index }, projection) {
      const { uid = "", namespace = "" } = pod.metadata;
      let ofPod = states.get(uid);
      if (!ofPod) states.set(uid, (ofPod = new Map()));
      const place = `${volume}\0${index}`;
      let state = ofPod.get(place);
      if (!state) ofPod.set(place, (state = {}));
      await learn(state, namespace);
      if (state.refused !== undefined) throw new Error(state.refused);
      const { issued } = state;
      if (issued === undefined) {
        state.asked ??= await ask(pod, projection);
        throw new Error(NOT_ISSUED);
      }
      if (state.asked === undefined && clock.now() >= issued.renewAt) {
        // The certificate at hand is good for a while: another try comes with the next look at the volume.
        state.asked = await ask(pod, projection).catch((error: unknown) => {
          log.warn("a pod's certificate was not renewed", {
            pod: `${namespace}/${pod.metadata.name}`,
            error: String(error),
          });
          return undefined;
        });
      }
      return issued;
    },
    forget: (uid) => void states.delete(uid),
  };
}

/** The certificates alone, without headers and what stands between them. */
function chainOf(text: string): string {
  return readPem(text)
    .filter(({ type }) => type === "CERTIFICATE")
    .map(({ type, der }) => writePem(type, der))
    .join("");
}
