// PEM: blocks of base64 between lines that say what they hold (RFC 7468). It refuses to know what that is.

export interface PemBlock {
  /** `CERTIFICATE`. */
  readonly type: string;
  /** Lines such as `Proc-Type: 4,ENCRYPTED` before the content. */
  readonly hasHeaders: boolean;
  readonly der: Uint8Array;
}

const BLOCK = /-----BEGIN ([^\r\n]*?)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----/g;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** All whole blocks in order; what stands between them, and what is not base64, is passed over. */
export function readPem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const [, type = "", content = ""] of text.matchAll(BLOCK)) {
    const lines = content.split(/\r?\n/).filter((line) => line !== "");
    const headers = lines.filter((line) => line.includes(":"));
    const body = lines
      .filter((line) => !line.includes(":"))
      .join("")
      .replaceAll(/\s/g, "");
    if (!BASE64.test(body) || body.length % 4 !== 0) continue;
    blocks.push({ type, hasHeaders: headers.length > 0, der: new Uint8Array(Buffer.from(body, "base64")) });
  }
  return blocks;
}

/** One block, in lines of 64 letters. */
export function writePem(type: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${type}-----\n${lines.join("\n")}\n-----END ${type}-----\n`;
}
