// One write as webhooks and policies are told of it: the matched version of its kind, the objects in that version, and
// the facts of the request. It refuses to match (match.ts).
import { decodeValue } from "../../../schema/decode.ts";
import { isJsonObject } from "../../../schema/freeze.ts";
import type { AnyObjectNode, JsonObject } from "../../../schema/node.ts";
import { readScale, writeScale } from "../../../schema/scale.ts";
import type { ScalePaths } from "../../../schema/scale.ts";
import { Scale } from "../../../resources/autoscaling/scale.ts";
import { Namespace } from "../../../resources/core/namespace.ts";
import type { KubeObject } from "../../../schema/resource.ts";
import type { ServedKind } from "../../kinds.ts";
import type { AdmissionRequest, AdmissionServices } from "../plugin.ts";
import { readAs, shownAs } from "./converted.ts";

export const OPERATIONS = { create: "CREATE", update: "UPDATE", delete: "DELETE", connect: "CONNECT" } as const;

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** A request and the version of its kind that a rule has matched. Everything else is made when it is asked for. */
export class Question {
  readonly admission: AdmissionRequest;
  readonly own: ServedKind;
  readonly asked: ServedKind;
  #object: JsonObject | null | undefined;
  #old: JsonObject | null | undefined;
  #request: JsonObject | undefined;

  constructor(admission: AdmissionRequest, own: ServedKind, asked: ServedKind) {
    this.admission = admission;
    this.own = own;
    this.asked = asked;
  }

  get object(): JsonObject | null {
    const { operation, object, connection } = this.admission;
    if (operation === "connect") return connection ?? null;
    return (this.#object ??= operation === "delete" || object === undefined ? null : this.#shown(object));
  }

  get oldObject(): JsonObject | null {
    const { old } = this.admission;
    return (this.#old ??= old === undefined ? null : this.#shown(old));
  }

  /** The schema of what is shown. */
  get schema(): AnyObjectNode {
    if (this.#scale !== undefined) return Scale.schema;
    return (this.admission.body ?? this.asked).schema;
  }

  /** Resolves when the objects can be shown in the version asked for; undefined when they can be at once. */
  ready(): Promise<void> | undefined {
    const { own, asked, admission } = this;
    const { conversion } = own;
    if (conversion === undefined || own === asked || this.#scale !== undefined) return undefined;
    const show = async (object: KubeObject | undefined) =>
      object === undefined ? null : shownAs(asked, asked, await conversion.to(asked, object));
    const written = admission.operation === "create" || admission.operation === "update" ? admission.object : undefined;
    return Promise.all([show(written), show(admission.old)]).then(([object, old]) => {
      this.#object = object;
      this.#old = old;
    });
  }

  /** What somebody made of the shown object, as the object that is written. Throws DecodeError. */
  read(value: unknown): KubeObject | Promise<KubeObject> {
    const { own, asked } = this;
    const { body } = this.admission;
    if (body !== undefined) return bodyOf(body, value);
    if (this.#scale === undefined && own !== asked && asked.conversion !== undefined)
      return asked.conversion.to(own, readAs(asked, asked, value));
    if (this.#scale === undefined) return readAs(own, asked, value);
    const scale = decodeValue(Scale.schema, value).value as unknown as JsonObject;
    return writeScale(this.#scale, this.admission.object as unknown as JsonObject, scale) as unknown as KubeObject;
  }

  /** A Scale stands for what it scales. */
  get #scale(): ScalePaths | undefined {
    const { resource, subresource } = this.admission;
    const found = resource.subresources[subresource];
    return found?.type === "scale" ? found : undefined;
  }

  /** Bodies of commands are of a kind of their own. */
  #shown(object: KubeObject): JsonObject {
    const { own, asked } = this;
    if (this.#scale !== undefined) return readScale(own.resource, this.#scale, object as unknown as JsonObject);
    const { apiVersion = own.apiVersion, kind = own.resource.kind } = object;
    const foreign = apiVersion !== own.apiVersion || kind !== own.resource.kind;
    return foreign ? (object as unknown as JsonObject) : shownAs(own, asked, object);
  }

  /** The `request` of expressions, and the facts in an AdmissionReview. */
  get request(): JsonObject {
    return (this.#request ??= this.#facts());
  }

  #facts(): JsonObject {
    const { admission, asked, own } = this;
    const { operation, subresource, resource, dryRun, context, name } = admission;
    const shown = this.object ?? undefined;
    const { user, info } = context;
    const version = info.group === resource.group && info.version !== "" ? info.version : own.version;
    const kindOf = (kind: ServedKind, fallback: string) => kindNamed(shown, kind, subresource, fallback);
    return {
      kind: kindOf(asked, asked.version),
      resource: { group: asked.resource.group, version: asked.version, resource: asked.resource.plural },
      ...(subresource && { subResource: subresource }),
      requestKind: kindOf(own, version),
      requestResource: { group: resource.group, version, resource: resource.plural },
      ...(subresource && { requestSubResource: subresource }),
      ...(name && { name }),
      ...(namespaceOf(admission) && { namespace: namespaceOf(admission) }),
      operation: OPERATIONS[operation],
      userInfo: {
        username: user.name,
        ...(user.uid && { uid: user.uid }),
        groups: user.groups,
        ...(user.extra && { extra: user.extra }),
      },
      dryRun,
      options: optionsOf(admission),
    };
  }
}

/** A command's body stays of its kind, whatever was made of it. */
function bodyOf({ schema, apiVersion, resource: { kind } }: ServedKind, value: unknown): KubeObject {
  if (!isJsonObject(value)) throw new Error("the patched object is no object");
  return decodeValue(schema, { ...value, apiVersion, kind }).value as unknown as KubeObject;
}

/** Bodies of subresources have kinds of their own. */
function kindNamed(shown: JsonObject | undefined, kind: ServedKind, subresource: string, version: string): JsonObject {
  const { apiVersion, kind: said } = shown ?? {};
  if (subresource !== "" && typeof apiVersion === "string" && typeof said === "string" && said !== kind.resource.kind) {
    const slash = apiVersion.indexOf("/");
    return { group: slash < 0 ? "" : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind: said };
  }
  return { group: kind.resource.group, version, kind: kind.resource.kind };
}

/** A namespace is in itself. */
export function namespaceOf({ resource, namespace, name }: AdmissionRequest): string {
  return isNamespace(resource) ? name : namespace;
}

export const isNamespace = ({ group, plural }: { readonly group: string; readonly plural: string }) =>
  group === "" && plural === "namespaces";

/** The namespace of the request as it is stored; undefined for requests without one. */
export function namespaceObjectOf(request: AdmissionRequest, { lookup }: AdmissionServices): Namespace | undefined {
  return request.resource.scope === "Namespaced" ? lookup.get(Namespace, "", request.namespace) : undefined;
}

const OPTIONS = { create: "CreateOptions", update: "UpdateOptions", delete: "DeleteOptions" } as const;

function optionsOf({ operation, dryRun, context, connection }: AdmissionRequest): JsonObject | null {
  if (operation === "connect") return connection ?? null;
  const kind = context.info.verb === "patch" && operation === "update" ? "PatchOptions" : OPTIONS[operation];
  return { apiVersion: "meta.k8s.io/v1", kind, ...(dryRun && { dryRun: ["All"] }) };
}
