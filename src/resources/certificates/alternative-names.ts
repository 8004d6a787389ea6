// The alternative names that a request for a certificate asks for (RFC 5280, 4.2.1.6), by kind. It refuses to verify the
// request: request.ts does.
import { DerError, membersOf, objectIdentifier, readDer, SEQUENCE, SET } from "../../base/der.ts";
import { readPem } from "../../base/pem.ts";

export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
  /** Four or sixteen octets each. */
  readonly ip: readonly Uint8Array[];
}

const EXTENSIONS = "1.2.840.113549.1.9.14";
const ALTERNATIVE_NAMES = "2.5.29.17";
const ATTRIBUTES = 0xa0;
const OCTETS = 0x04;

/** `base64` as the API carries it. Throws a DerError where it cannot be read. */
export function alternativeNames(base64: string): AlternativeNames {
  const [block] = readPem(Buffer.from(base64, "base64").toString("latin1"));
  if (!block) throw new DerError("asn1: syntax error: sequence truncated");
  const found = { dns: [] as string[], email: [] as string[], uri: [] as string[], ip: [] as Uint8Array[] };
  const [info] = membersOf(readDer(block.der)[0], SEQUENCE);
  const attributes = membersOf(info, SEQUENCE).find(({ tag }) => tag === ATTRIBUTES);
  for (const attribute of attributes ? readDer(attributes.content) : []) {
    const [type, values] = membersOf(attribute, SEQUENCE);
    if (objectIdentifier(type) !== EXTENSIONS) continue;
    for (const extension of membersOf(membersOf(values, SET)[0], SEQUENCE)) {
      const [id, ...rest] = membersOf(extension, SEQUENCE);
      const value = rest.find(({ tag }) => tag === OCTETS);
      if (objectIdentifier(id) !== ALTERNATIVE_NAMES || !value) continue;
      for (const { tag, content } of membersOf(readDer(value.content)[0], SEQUENCE)) {
        if (tag === 0x87) found.ip.push(content);
        else if (tag === 0x81) found.email.push(latin(content));
        else if (tag === 0x82) found.dns.push(latin(content));
        else if (tag === 0x86) found.uri.push(latin(content));
      }
    }
  }
  return found;
}

const latin = (octets: Uint8Array) => Buffer.from(octets).toString("latin1");
