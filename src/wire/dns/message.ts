// DNS messages (RFC 1035, EDNS0 RFC 6891): a typed, strict edge around the codec. It refuses to resolve anything.
import * as packet from "dns-packet";

export type RecordType = "A" | "AAAA" | "CNAME" | "SRV" | "PTR" | "TXT" | "SOA" | "NS";

/** One resource record; `name` without its final dot. */
export type Answer =
  | {
      readonly type: "A" | "AAAA" | "CNAME" | "PTR" | "NS";
      readonly name: string;
      readonly ttl: number;
      readonly data: string;
    }
  | {
      readonly type: "SRV";
      readonly name: string;
      readonly ttl: number;
      readonly data: {
        readonly priority: number;
        readonly weight: number;
        readonly port: number;
        readonly target: string;
      };
    }
  | { readonly type: "TXT"; readonly name: string; readonly ttl: number; readonly data: string }
  | { readonly type: "SOA"; readonly name: string; readonly ttl: number; readonly data: Soa };

export interface Soa {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

export interface Question {
  /** As asked, without the final dot; the case is the asker's. */
  readonly name: string;
  /** A record type, or any other text for types that we do not know (`UNKNOWN_65`). */
  readonly type: string;
  readonly class: string;
}

/** What was asked. Undefined fields of the header are of no use to a server. */
export interface Query {
  readonly id: number;
  readonly question: Question;
  readonly recursionDesired: boolean;
  /** How large an answer over UDP may be, by the asker's EDNS0 record; 512 without one. */
  readonly udpPayloadSize: number;
  readonly edns: boolean;
  /** The query as it came, for passing on. */
  readonly bytes: Uint8Array;
}

export type Rcode = "NOERROR" | "FORMERR" | "SERVFAIL" | "NXDOMAIN" | "NOTIMP" | "REFUSED";
const RCODES: Readonly<Record<Rcode, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
};

export interface Reply {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answers: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
}

/** Bytes that are no query; the server answers FORMERR when `id` is known, else nothing. */
export class DnsFormatError extends Error {
  override readonly name = "DnsFormatError";
  readonly id: number | undefined;
  constructor(message: string, id: number | undefined, options?: ErrorOptions) {
    super(message, options);
    this.id = id;
  }
}

const MAX_UDP_PAYLOAD = 1232;

/** Reads a query. Throws {@link DnsFormatError} for anything that is none, or that has not exactly one question. */
export function decodeQuery(bytes: Uint8Array): Query {
  const id = bytes.length >= 2 ? (bytes[0]! << 8) | bytes[1]! : undefined;
  let decoded: packet.DecodedPacket;
  try {
    decoded = packet.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw new DnsFormatError("malformed message", id, { cause });
  }
  const [question] = decoded.questions ?? [];
  if (decoded.type !== "query" || !question || decoded.questions!.length !== 1)
    throw new DnsFormatError("not a query with one question", id);
  const edns = decoded.additionals?.find((a) => a.type === "OPT") as { udpPayloadSize?: number } | undefined;
  return {
    id: decoded.id ?? 0,
    question: {
      name: question.name === "." ? "" : question.name,
      type: String(question.type),
      class: String(question.class ?? "IN"),
    },
    recursionDesired: decoded.flag_rd,
    udpPayloadSize: Math.max(512, Math.min(edns?.udpPayloadSize ?? 512, MAX_UDP_PAYLOAD)),
    edns: edns !== undefined,
    bytes,
  };
}

/** The bytes of a reply. Over `limit` bytes it is cut and marked so (TC), upon which the asker comes again over TCP. */
export function encodeReply(query: Query, reply: Reply, limit = 65_535): Uint8Array {
  const whole = encode(query, reply, false);
  return whole.length <= limit
    ? whole
    : encode(query, { ...reply, answers: [], authorities: [], additionals: [] }, true);
}

function encode(query: Query, reply: Reply, truncated: boolean): Uint8Array {
  const flags =
    RCODES[reply.rcode] |
    (reply.authoritative ? packet.AUTHORITATIVE_ANSWER : 0) |
    (truncated ? packet.TRUNCATED_RESPONSE : 0) |
    (query.recursionDesired ? packet.RECURSION_DESIRED : 0) |
    packet.RECURSION_AVAILABLE;
  const opt = {
    type: "OPT" as const,
    name: ".",
    udpPayloadSize: MAX_UDP_PAYLOAD,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return packet.encode({
    type: "response",
    id: query.id,
    flags,
    questions: [query.question as packet.Question],
    answers: [...reply.answers] as packet.Answer[],
    authorities: [...(reply.authorities ?? [])] as packet.Answer[],
    additionals: [...((reply.additionals ?? []) as packet.Answer[]), ...(query.edns ? [opt] : [])],
  });
}

/** A reply to bytes that were no query, as far as that is possible. */
export function encodeFormatError(id: number): Uint8Array {
  return packet.encode({ type: "response", id, flags: RCODES.FORMERR });
}

/** The bytes of a question of our own. */
export function encodeQuestion(id: number, question: Question): Uint8Array {
  return packet.encode({
    type: "query",
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [question as packet.Question],
  });
}

const KNOWN: ReadonlySet<string> = new Set(["A", "AAAA", "CNAME", "SRV", "PTR", "NS"]);

/** The answers of a reply, as far as we know their types. Throws {@link DnsFormatError} for bytes that are no reply. */
export function decodeAnswers(bytes: Uint8Array): Answer[] {
  try {
    const decoded = packet.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return (decoded.answers ?? []).filter((a) => KNOWN.has(a.type)) as unknown as Answer[];
  } catch (cause) {
    throw new DnsFormatError("malformed reply", undefined, { cause });
  }
}
