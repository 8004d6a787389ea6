// The records of pulls as files of the kubelet's folder, one for each: `image_manager/pulled` and `image_manager/pulling`, as
// upstream lays them out. It refuses to understand them, and to give up for one that cannot be read.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../base/log.ts";
import { writeWhole } from "../../base/whole-file.ts";
import type { PullRecords } from "./pull-ledger.ts";
import type { ImagePulledRecord } from "./pull-records.ts";

const API_VERSION = "kubelet.config.k8s.io/v1beta1";
const fileName = (text: string) => `sha256-${createHash("sha256").update(text).digest("hex")}`;

/** `folder`: the kubelet's own. */
export function pullRecordFiles(folder: string, log: Log): PullRecords {
  const pulled = join(folder, "image_manager", "pulled");
  const pulling = join(folder, "image_manager", "pulling");

  async function put(place: string, key: string, content: object): Promise<void> {
    await mkdir(place, { recursive: true, mode: 0o700 });
    await writeWhole(join(place, fileName(key)), JSON.stringify(content));
  }

  async function all(place: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const found: Readonly<Record<string, unknown>>[] = [];
    const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    for (const name of names.filter((one) => /^sha256-[0-9a-f]{64}$/.test(one))) {
      try {
        found.push(JSON.parse(await readFile(join(place, name), "utf8")) as Readonly<Record<string, unknown>>);
      } catch (error) {
        log.warn("a record of a pull cannot be read", { file: join(place, name), error: String(error) });
      }
    }
    return found;
  }

  return {
    async records() {
      const isRecord = (one: Readonly<Record<string, unknown>>): boolean =>
        typeof one["imageRef"] === "string" && typeof one["credentialMapping"] === "object";
      return (await all(pulled)).filter(isRecord) as unknown as readonly ImagePulledRecord[];
    },
    async intents() {
      return (await all(pulling)).flatMap(({ image }) => (typeof image === "string" ? [image] : []));
    },
    putRecord: (record) =>
      put(pulled, record.imageRef, { kind: "ImagePulledRecord", apiVersion: API_VERSION, ...record }),
    deleteRecord: (imageRef) => rm(join(pulled, fileName(imageRef)), { force: true }),
    putIntent: (image) => put(pulling, image, { kind: "ImagePullIntent", apiVersion: API_VERSION, image }),
    deleteIntent: (image) => rm(join(pulling, fileName(image)), { force: true }),
  };
}
