// The images that Kaji makes itself, so that nothing has to be pulled before a node is ready: pause, and busybox.
// Pure functions; it refuses to find the busybox program (the caller reads it).
import { buildImage, layerOf } from "./oci-image.ts";
import type { LayerEntry, OciImage } from "./oci-image.ts";
import { pauseProgram } from "./pause-program.ts";
import type { Architecture } from "./pause-program.ts";

/** The sandbox image that the private containerd is configured with. */
export const PAUSE_IMAGE = "kaji.local/pause:1";
export const BUSYBOX_IMAGE = "kaji.local/busybox:1";

/** Some 3 kB: one static program that waits. */
export async function pauseImage(architecture: Architecture): Promise<OciImage> {
  const layer = await layerOf([{ path: "pause", mode: 0o755, file: pauseProgram(architecture) }]);
  return buildImage({ architecture, layers: [layer], run: { entrypoint: ["/pause"], user: "65535:65535" } });
}

/** `busybox` is a statically linked busybox for that machine, such as Debian's /bin/busybox of busybox-static. */
export async function busyboxImage(architecture: Architecture, busybox: Uint8Array): Promise<OciImage> {
  const links = busyboxApplets(busybox).map((name): LayerEntry => ({ path: `bin/${name}`, linkTo: "/bin/busybox" }));
  const layer = await layerOf([
    { path: "bin", mode: 0o755 },
    { path: "bin/busybox", mode: 0o755, file: busybox },
    ...links,
    { path: "dev", mode: 0o755 },
    { path: "etc", mode: 0o755 },
    { path: "etc/group", mode: 0o644, file: "root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n" },
    { path: "etc/passwd", mode: 0o644, file: PASSWD },
    { path: "home", mode: 0o755 },
    { path: "proc", mode: 0o755 },
    { path: "root", mode: 0o700 },
    { path: "sys", mode: 0o755 },
    { path: "tmp", mode: 0o1777 },
    { path: "usr", mode: 0o755 },
    { path: "usr/bin", mode: 0o755 },
    { path: "usr/bin/env", linkTo: "/bin/busybox" },
    { path: "var", mode: 0o755 },
    { path: "var/www", mode: 0o755 },
  ]);
  const env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
  return buildImage({ architecture, layers: [layer], run: { cmd: ["sh"], env } });
}

const PASSWD = `root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;

/**
 * The names that a busybox program answers to. It keeps them as one sorted run of NUL-terminated words that begins with
 * `[` and `[[`, so they can be read without running it. Throws when there is no such run or it has no `sh`.
 */
export function busyboxApplets(busybox: Uint8Array): string[] {
  const bytes = Buffer.from(busybox.buffer, busybox.byteOffset, busybox.length);
  const start = bytes.indexOf("\0[\0[[\0", 0, "latin1");
  const names: string[] = [];
  for (let at = start + 1; start >= 0;) {
    const end = bytes.indexOf(0, at);
    const name = bytes.toString("latin1", at, end);
    if (!/^[A-Za-z0-9_.[-]{1,32}$/.test(name)) break;
    names.push(name);
    at = end + 1;
  }
  if (!names.includes("sh")) throw new Error("this is no busybox program: it has no list of applets with sh");
  return names.filter((name) => name !== "busybox");
}
