// Which form of an answer the client wants: media type and shape, out of `Accept`. It refuses to encode.
// Specification: Kubernetes API concepts, "Alternate representations" and "Receiving resources as Tables".
import { StatusError } from "../schema/meta/status.ts";

export type MediaType = "application/json" | "application/yaml" | "application/vnd.kubernetes.protobuf";

export const JSON_TYPE = "application/json";
export const YAML_TYPE = "application/yaml";
export const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

const MEDIA_TYPES: readonly MediaType[] = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE];

export type Shape = "Object" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";

export interface Accepted {
  readonly media: MediaType;
  readonly shape: Shape;
  /** Of the shape's group meta.k8s.io: v1 or v1beta1. */
  readonly shapeVersion: string;
}

/** One element of an Accept header. */
export interface Clause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

/** What an endpoint can answer with. */
export interface Offer {
  readonly media: readonly MediaType[];
  /** Whether the kind can be shown as a table or as its metadata. */
  readonly shapes: boolean;
}

export const FULL_OFFER: Offer = { media: MEDIA_TYPES, shapes: true };
export const WATCH_OFFER: Offer = { media: [JSON_TYPE, PROTOBUF_TYPE], shapes: true };
/** Custom resources have no messages. */
export const withoutProtobuf = ({ media, shapes }: Offer): Offer => ({
  media: media.filter((one) => one !== PROTOBUF_TYPE),
  shapes,
});
export const PLAIN_OFFER: Offer = { media: MEDIA_TYPES, shapes: false };

const JSON_ACCEPTED: Accepted = { media: JSON_TYPE, shape: "Object", shapeVersion: "v1" };

/** The elements of an Accept header, best first. */
export function parseAccept(header: string): readonly Clause[] {
  const clauses = header
    .split(",")
    .filter((text) => text.trim() !== "")
    .map((text) => {
      const [type = "", ...rest] = text.split(";").map((part) => part.trim());
      const parameters: Record<string, string> = {};
      let quality = 1;
      for (const part of rest) {
        const equals = part.indexOf("=");
        if (equals < 0) continue;
        const [name, value] = [part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim()];
        if (name === "q") quality = Number(value) || 0;
        else parameters[name] = value;
      }
      return { type: type.toLowerCase(), parameters, quality };
    });
  return clauses
    .map((clause, i) => ({ clause, i }))
    .sort((a, b) => b.clause.quality - a.clause.quality || a.i - b.i)
    .map(({ clause }) => clause);
}

/** Chooses, or throws 406. No header means JSON. */
export function negotiate(header: string | undefined, offer: Offer = FULL_OFFER): Accepted {
  if (header === undefined || header === "" || header === JSON_TYPE) return JSON_ACCEPTED;
  for (const { type, parameters } of parseAccept(header)) {
    const media = type === "*/*" ? offer.media[0] : offer.media.find((one) => one === type);
    if (media === undefined) continue;
    const shape = parameters["as"];
    if (shape === undefined || shape === "")
      return media === JSON_TYPE ? JSON_ACCEPTED : { media, shape: "Object", shapeVersion: "v1" };
    if (offer.shapes && isShape(shape, parameters, media)) return { media, shape, shapeVersion: parameters["v"]! };
  }
  throw notAcceptable(offer.media);
}

function isShape(shape: string, { g, v }: Readonly<Record<string, string>>, media: MediaType): shape is Shape {
  if (g !== "meta.k8s.io" || (v !== "v1" && v !== "v1beta1")) return false;
  // A Table has no protobuf message.
  if (shape === "Table") return media !== PROTOBUF_TYPE;
  return shape === "PartialObjectMetadata" || shape === "PartialObjectMetadataList";
}

export function notAcceptable(media: readonly string[]): StatusError {
  return new StatusError({
    code: 406,
    reason: "NotAcceptable",
    message: `only the following media types are accepted: ${media.join(", ")}`,
  });
}

/** 406 for a shape of one object asked of a list, and the reverse. */
export function checkShape(shape: Shape, kind: string, list: boolean): void {
  const refuse = (why: string, type: string) =>
    new StatusError({
      code: 406,
      reason: "NotAcceptable",
      message: `you requested ${shape}, but the requested object is ${why} (*core.${type})`,
    });
  if (shape === "PartialObjectMetadata" && list) throw refuse("a list", `${kind}List`);
  if (shape === "PartialObjectMetadataList" && !list) throw refuse("not a list", kind);
}

/** The media type that a body claims; a missing one means JSON. Throws 415. */
export function bodyType(header: string | undefined): MediaType {
  const type = (header ?? "").split(";")[0]!.trim().toLowerCase();
  if (type === "" || type === JSON_TYPE) return JSON_TYPE;
  const found = MEDIA_TYPES.find((one) => one === type) ?? (type === "*/*" ? JSON_TYPE : undefined);
  if (found === undefined) throw unsupportedMediaType(MEDIA_TYPES);
  return found;
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError({
    code: 415,
    reason: "UnsupportedMediaType",
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  });
}
