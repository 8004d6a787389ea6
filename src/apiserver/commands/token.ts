// TokenRequest: a token for a service account, perhaps bound to a pod, a node or a secret. It refuses to keep it.
import { formatTime } from "../../base/timestamp.ts";
import { uuid } from "../../base/random.ts";
import type { TokenRequest } from "../../resources/authentication/token-request.ts";
import { Node } from "../../resources/core/node.ts";
import { Pod } from "../../resources/core/pod.ts";
import { Secret } from "../../resources/core/secret.ts";
import { ServiceAccount } from "../../resources/core/service-account.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { badRequest, conflict, invalid, notFound, StatusError } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { serviceAccountUserName } from "../authentication/service-account-token.ts";
import type { Answer, Call } from "../verbs/call.ts";

const DEFAULT_SECONDS = 3600;
const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;

const wrongDuration = (seconds: number, why: string) =>
  invalid({ group: "authentication.k8s.io", kind: "TokenRequest" }, "", [
    fieldInvalid(FieldPath.of("spec", "expirationSeconds"), seconds, why),
  ]);

interface Bound {
  readonly name: string;
  readonly uid: string;
}

export async function issueToken(call: Call, body: KubeObject): Promise<Answer> {
  const { tokens, clock, random, bodies, admissionServices } = call.parts;
  if (tokens === undefined) throw new StatusError({ code: 501, reason: "", message: "this server signs no tokens" });
  const request = body as unknown as TokenRequest;
  if (request.metadata?.name && request.metadata.name !== call.name)
    throw badRequest("the name of the object does not match the name on the URL");
  const { lookup } = admissionServices;
  const account =
    lookup.get(ServiceAccount, call.namespace, call.name) ??
    (await lookup.read(ServiceAccount, call.namespace, call.name));
  if (account === undefined) throw notFound({ group: "", resource: "serviceaccounts" }, call.name);
  const { spec } = request;
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  if (seconds < LEAST_SECONDS) {
    throw wrongDuration(seconds, "may not specify a duration less than 10 minutes");
  }
  if (seconds > MOST_SECONDS) throw wrongDuration(seconds, "may not specify a duration larger than 2^32 seconds");
  const audiences = spec.audiences && spec.audiences.length > 0 ? spec.audiences : tokens.audiences;
  const bound = spec.boundObjectRef && (await boundTo(call, spec.boundObjectRef));
  const now = Math.floor(clock.now() / 1000);
  const token = await tokens.signer.sign({
    iss: tokens.issuer,
    sub: serviceAccountUserName(call.namespace, call.name),
    aud: audiences,
    exp: now + seconds,
    iat: now,
    nbf: now,
    jti: uuid(random),
    "kubernetes.io": {
      namespace: call.namespace,
      serviceaccount: { name: call.name, uid: account.metadata.uid ?? "" },
      ...bound,
    },
  });
  const object = {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: {
      name: call.name,
      namespace: call.namespace,
      uid: account.metadata.uid,
      creationTimestamp: formatTime(now * 1000),
    },
    spec: { ...spec, audiences, expirationSeconds: seconds },
    status: { token, expirationTimestamp: formatTime((now + seconds) * 1000) },
  } as unknown as KubeObject;
  return { type: "object", code: 201, object, served: bodies.get("authentication.k8s.io/v1 TokenRequest")! };
}

type Reference = NonNullable<TokenRequest["spec"]["boundObjectRef"]>;

/** What the token dies with. It must exist, and be the one that the request means. */
async function boundTo(call: Call, reference: Reference): Promise<{ pod?: Bound; node?: Bound; secret?: Bound }> {
  const { lookup } = call.parts.admissionServices;
  const { kind, apiVersion, name = "", uid } = reference;
  const found = async <T extends KubeObject>(
    resource: Parameters<typeof lookup.get<T>>[0],
    namespace: string,
  ): Promise<T> => {
    const object = lookup.get(resource, namespace, name) ?? (await lookup.read(resource, namespace, name));
    if (object === undefined) throw notFound({ group: "", resource: resource.plural }, name);
    if (uid && uid !== object.metadata.uid) {
      throw conflict(
        { group: "", resource: resource.plural },
        name,
        `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    }
    return object;
  };
  const bound = (object: KubeObject): Bound => ({ name, uid: object.metadata.uid ?? "" });
  if (apiVersion === "v1" && kind === "Pod") {
    const pod = await found(Pod, call.namespace);
    if (call.name !== (pod.spec.serviceAccountName ?? "")) {
      throw badRequest(
        `cannot bind token for serviceaccount ${JSON.stringify(call.name)} to pod running with different serviceaccount name.`,
      );
    }
    const node = pod.spec.nodeName ? (lookup.get(Node, "", pod.spec.nodeName) ?? undefined) : undefined;
    return { pod: bound(pod), ...(node && { node: { name: pod.spec.nodeName!, uid: node.metadata.uid ?? "" } }) };
  }
  if (apiVersion === "v1" && kind === "Secret") return { secret: bound(await found(Secret, call.namespace)) };
  if (apiVersion === "v1" && kind === "Node") return { node: bound(await found(Node, "")) };
  throw badRequest(
    `cannot bind token to object of type ${(apiVersion ?? "").includes("/") ? apiVersion : `/${apiVersion ?? ""}`}, Kind=${kind ?? ""}`,
  );
}
