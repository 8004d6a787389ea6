// DER: values of ASN.1 as tag, length and content (X.690). It refuses to know a structure, and to read what is not DER.

/** Not DER, or not the structure wanted; the message says it as Go's encoding/asn1 does. */
export class DerError extends Error {
  override readonly name = "DerError";
}

export interface DerValue {
  /** The whole identifier octet: 0x30 is a SEQUENCE. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** With tag and length. */
  readonly whole: Uint8Array;
}

export const SEQUENCE = 0x30;
export const SET = 0x31;
export const OBJECT_IDENTIFIER = 0x06;
export const BIT_STRING = 0x03;
export const INTEGER = 0x02;

const truncated = () => new DerError("asn1: syntax error: data truncated");

/** The values that stand one after the other in `bytes`. Throws a DerError. */
export function readDer(bytes: Uint8Array): readonly DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!;
    const [length, start] = readLength(bytes, at + 1);
    const end = start + length;
    if (end > bytes.length) throw truncated();
    values.push({ tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) });
    at = end;
  }
  return values;
}

/** The length that begins at `at`, and where the content does. Four octets hold more than fits into memory. */
function readLength(bytes: Uint8Array, at: number): [length: number, start: number] {
  const first = bytes[at];
  if (first === undefined) throw truncated();
  if (first < 0x80) return [first, at + 1];
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new DerError("asn1: structure error: length too large");
  let length = 0;
  for (let i = 1; i <= count; i++) {
    const octet = bytes[at + i];
    if (octet === undefined) throw truncated();
    length = length * 256 + octet;
  }
  return [length, at + 1 + count];
}

/** The members of a value that must have this tag. Throws a DerError. */
export function membersOf(value: DerValue | undefined, tag: number): readonly DerValue[] {
  if (value === undefined) throw new DerError("asn1: syntax error: sequence truncated");
  if (value.tag !== tag) throw new DerError("asn1: structure error: tags don't match");
  return readDer(value.content);
}

/** `1.2.840.10045.4.3.2`. Throws a DerError for another value. */
export function objectIdentifier(value: DerValue | undefined): string {
  if (value === undefined || value.tag !== OBJECT_IDENTIFIER || value.content.length === 0) {
    throw new DerError("asn1: structure error: tags don't match");
  }
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of value.content) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...rest].join(".");
}
