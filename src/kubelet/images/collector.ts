// Removes unused images while the disk that holds them is nearly full, and remembers since when an image is there and
// when it was last used. It refuses to choose (collection.ts).
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Image } from "../../wire/cri/image.ts";
import type { Cri } from "../cri.ts";
import { DEFAULT_LIMITS, collectionOf } from "./collection.ts";
import type { CollectionLimits, Disk, KnownImage } from "./collection.ts";
import { wholeName } from "./name.ts";

export interface CollectorOptions {
  readonly cri: Cri;
  readonly clock: Clock;
  readonly log: Log;
  /** The file system that holds the images. */
  readonly disk: () => Promise<Disk>;
  /** Names that pods on this node have in their specification and will need. */
  readonly wanted: () => Iterable<string>;
  /** Names of images that cannot be had again. */
  readonly kept?: readonly string[] | undefined;
  /** Names that somebody pinned, where the runtime's list does not tell. */
  readonly pinned?: ((signal: AbortSignal) => Promise<ReadonlySet<string>>) | undefined;
  readonly limits?: CollectionLimits | undefined;
  /** The ids of all images that there are, and since when that is known. */
  readonly onListed?: ((ids: ReadonlySet<string>, at: number) => Promise<void>) | undefined;
  /** Tells of what failed, as the node's event: its reason and message. */
  readonly warn: (reason: "FreeDiskSpaceFailed" | "ImageGCFailed", message: string) => void;
}

const LOOK_MS = 300_000;

/** Looks every five minutes until `signal` aborts. */
export async function collectImages(options: CollectorOptions, signal: AbortSignal): Promise<void> {
  const collector = new ImageCollector(options);
  for (;;) {
    await collector.look(signal);
    await options.clock.sleep(LOOK_MS, signal);
  }
}

interface Seen {
  readonly firstSeenAt: number;
  readonly lastUsedAt: number;
}

export class ImageCollector {
  readonly #options: CollectorOptions;
  #seen: ReadonlyMap<string, Seen> | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** One round; what fails is told, and tried again in the next. */
  async look(signal: AbortSignal): Promise<void> {
    const { disk, clock, warn, onListed, limits = DEFAULT_LIMITS } = this.#options;
    try {
      const began = clock.now();
      const images = await this.#images(signal);
      await onListed?.(new Set(images.map(({ id }) => id)), began);
      const { wantedBytes, candidates } = collectionOf(images, await disk(), limits, clock.now());
      if (wantedBytes === 0) return;
      const freed = await this.#remove(wantedBytes, candidates, signal);
      if (freed < wantedBytes) {
        const found = `Attempted to free ${wantedBytes} bytes, but only found ${freed} bytes eligible to free.`;
        warn("FreeDiskSpaceFailed", `Failed to garbage collect required amount of images. ${found}`);
      }
    } catch (error) {
      signal.throwIfAborted();
      warn("ImageGCFailed", error instanceof Error ? error.message : String(error));
    }
  }

  /** Answers how many bytes the removed images had. */
  async #remove(wantedBytes: number, candidates: readonly KnownImage[], signal: AbortSignal): Promise<number> {
    const { cri, log } = this.#options;
    let freed = 0;
    for (const { id, bytes } of candidates) {
      if (freed >= wantedBytes) break;
      try {
        await cri.images.removeImage({ image: { image: id } }, { signal });
        log.info("an unused image was removed", { id, bytes });
        freed += bytes;
      } catch (error) {
        signal.throwIfAborted();
        log.warn("an unused image was not removed", { id, error: String(error) });
      }
    }
    return freed;
  }

  async #images(signal: AbortSignal): Promise<readonly KnownImage[]> {
    const { cri, clock, wanted, kept = [], pinned } = this.#options;
    const [{ images }, { containers }, names] = await Promise.all([
      cri.images.listImages({}, { signal }),
      // Those that have ended count as well: their image is what they were.
      cri.runtime.listContainers({}, { signal }),
      pinned?.(signal) ?? new Set<string>(),
    ]);
    const used = new Set([
      ...containers.flatMap((one) => [one.imageRef, one.image?.image ?? ""]),
      ...[...wanted()].map(wholeName),
    ]);
    const now = clock.now();
    const before = this.#seen;
    const known = images.map((image): KnownImage => {
      const isUsed = namesOf(image).some((name) => used.has(name));
      // What is there when the kubelet begins is as old as can be.
      const { firstSeenAt, lastUsedAt } = before?.get(image.id) ?? { firstSeenAt: before ? now : 0, lastUsedAt: 0 };
      const isKept = image.pinned || image.repoTags.some((name) => kept.includes(name) || names.has(name));
      return { id: image.id, bytes: image.size, firstSeenAt, lastUsedAt: isUsed ? now : lastUsedAt, isUsed, isKept };
    });
    this.#seen = new Map(known.map((one) => [one.id, one]));
    return known;
  }
}

const namesOf = ({ id, repoTags, repoDigests }: Image): readonly string[] => [id, ...repoTags, ...repoDigests];
