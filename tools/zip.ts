// Reads files out of a zip archive held in memory. It refuses encryption, other methods than deflate, and ZIP64.
import { inflateRawSync } from "node:zlib";

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

export interface ZipEntry {
  readonly name: string;
  /** Uncompressed, in bytes. */
  readonly size: number;
  /** Unix permission bits; 0 when the archive has none. */
  readonly mode: number;
  /** Inflates the content. Throws when it is damaged. */
  read(): Buffer;
}

/** The entries of an archive, folders included, in its own order. Throws when it is none. */
export function zipEntries(archive: Buffer): ZipEntry[] {
  const end = endOfDirectory(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (archive.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error(`zip: no directory entry at ${at}`);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    const [method, packed, size] = [
      archive.readUInt16LE(at + 10),
      archive.readUInt32LE(at + 20),
      archive.readUInt32LE(at + 24),
    ];
    const local = archive.readUInt32LE(at + 42);
    const mode = (archive.readUInt32LE(at + 38) >>> 16) & 0o777;
    entries.push({ name, size, mode, read: () => content(archive, { name, method, packed, size, local }) });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

/** The directory's end stands last, before a comment of 64 KiB at most. */
function endOfDirectory(archive: Buffer): number {
  for (let at = archive.length - 22; at >= Math.max(0, archive.length - 22 - 0xffff); at--) {
    if (archive.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new Error("zip: not an archive");
}

function content(
  archive: Buffer,
  entry: { name: string; method: number; packed: number; size: number; local: number },
): Buffer {
  const { name, method, packed, size, local } = entry;
  if (archive.readUInt32LE(local) !== LOCAL_HEADER) throw new Error(`zip: ${name}: no content at ${local}`);
  // The lengths here may differ from the directory's: only these say where the content begins.
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const bytes = archive.subarray(start, start + packed);
  if (method !== STORED && method !== DEFLATED) throw new Error(`zip: ${name}: method ${method} is not supported`);
  const data = method === STORED ? bytes : inflateRawSync(bytes, { maxOutputLength: size + 1 });
  if (data.length !== size) throw new Error(`zip: ${name}: ${data.length} bytes instead of ${size}`);
  return data;
}
