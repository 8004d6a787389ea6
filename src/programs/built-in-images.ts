// The images that a node must have before anything is pulled: pause for sandboxes, and busybox for examples where the machine has
// a static one. It refuses to load again what is there.
import { readFile } from "node:fs/promises";
import type { Log } from "../base/log.ts";
import { ImageService } from "../wire/cri/service.ts";
import { BUSYBOX_IMAGE, PAUSE_IMAGE, busyboxImage, pauseImage } from "../wire/containerd/built-in-images.ts";
import { importImage } from "../wire/containerd/import-image.ts";
import type { GrpcConnection } from "../wire/grpc/client.ts";

const BUSYBOX = "/bin/busybox";

export async function ensureBuiltInImages(connection: GrpcConnection, log: Log): Promise<void> {
  const images = connection.client(ImageService);
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const has = async (image: string) => (await images.imageStatus({ image: { image } })).image !== undefined;
  if (!(await has(PAUSE_IMAGE)))
    await importImage(connection, await pauseImage(architecture), { names: [PAUSE_IMAGE], pinned: true });
  if (await has(BUSYBOX_IMAGE)) return;
  try {
    await importImage(connection, await busyboxImage(architecture, await readFile(BUSYBOX)), {
      names: [BUSYBOX_IMAGE],
    });
  } catch (error) {
    log.warn(`${BUSYBOX_IMAGE} cannot be made; examples that use it will not start`, { error: String(error) });
  }
}
