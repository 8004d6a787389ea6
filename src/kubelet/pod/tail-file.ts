// The end of a file of this machine. It refuses to follow links: a container chooses what its files are.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { ReadTail } from "./termination-message.ts";

export const tailFile: ReadTail = async (path, bytes) => {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENOENT", "ELOOP", "ENXIO"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const length = Math.min(bytes, stat.size);
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, stat.size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};
