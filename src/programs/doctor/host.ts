// This machine, as the doctor's checks look at it.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { Host } from "./check.ts";

const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin"];

export function thisHost(clock: Clock): Host {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_FOLDERS];
  return {
    uid: process.getuid?.() ?? -1,
    now: clock.now(),
    async read(path) {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (["ENOENT", "EACCES", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
        throw error;
      }
    },
    has: (program) => folders.some((folder) => existsSync(join(folder, program))),
    exists: existsSync,
    run: (program, args) =>
      new Promise((resolve) => {
        execFile(program, [...args], { encoding: "utf8", timeout: 10_000 }, (error, stdout, stderr) => {
          if (error && typeof error.code !== "number") resolve(undefined);
          else resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
        });
      }),
    portIsFree: (port) =>
      new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => resolve(false));
        server.listen({ port, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(true)));
      }),
    async disk(path) {
      // The folder may not be there yet: the nearest one above it is on the same file system.
      let place = path;
      while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
      const { bavail, blocks, bsize } = await statfs(place);
      return { free: bavail * bsize, total: blocks * bsize };
    },
  };
}
