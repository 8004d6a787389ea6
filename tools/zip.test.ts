// Proves the zip reader on archives made here, byte by byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { zipEntries } from "./zip.ts";

/** An archive of the given files; the method is deflate, or stored for names that end in ".raw". */
function zip(files: Record<string, string>, comment = ""): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const method = name.endsWith(".raw") ? 0 : 8;
    const data = method === 0 ? Buffer.from(text) : deflateRawSync(text);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4, 28); // an extra field that the directory does not have
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(Buffer.byteLength(text), 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE((0o100755 << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name), Buffer.alloc(4), data);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + 4 + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)]);
}

test("deflated and stored files come out whole", () => {
  const files = { "a/b": "x".repeat(100_000), "c.raw": "stored" };
  const entries = zipEntries(zip(files, "a comment"));
  assert.deepEqual(
    entries.map(({ name, mode, size }) => [name, mode, size]),
    [
      ["a/b", 0o755, 100_000],
      ["c.raw", 0o755, 6],
    ],
  );
  for (const entry of entries) assert.equal(entry.read().toString(), files[entry.name as keyof typeof files]);
});

test("what is no archive, or damaged, is refused", () => {
  assert.throws(() => zipEntries(Buffer.alloc(100)), /not an archive/);
  const archive = zip({ a: "hello hello hello" });
  archive.fill(0xff, 36, 40);
  assert.throws(() => zipEntries(archive)[0]!.read());
});
