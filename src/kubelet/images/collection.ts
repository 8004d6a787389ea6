// Which unused images go when the disk that holds them is nearly full: upstream's rule, as a pure function. It refuses to
// look at the disk and to remove anything (collector.ts).

export interface KnownImage {
  readonly id: string;
  readonly bytes: number;
  /** Milliseconds since 1970; 0 when it was there before this kubelet began. */
  readonly firstSeenAt: number;
  /** When a container or a pod last needed it; 0 for never. */
  readonly lastUsedAt: number;
  readonly isUsed: boolean;
  /** Never removed. */
  readonly isKept: boolean;
}

export interface Disk {
  readonly capacityBytes: number;
  readonly availableBytes: number;
}

export interface CollectionLimits {
  /** From this use of the disk, in percent, images go; until it is at `lowPercent`. */
  readonly highPercent: number;
  readonly lowPercent: number;
  /** Younger images stay. */
  readonly minimumAgeMs: number;
}

export const DEFAULT_LIMITS: CollectionLimits = { highPercent: 85, lowPercent: 80, minimumAgeMs: 120_000 };

export interface Collection {
  /** How much there should be more room. 0: the disk is not full enough. */
  readonly wantedBytes: number;
  /** In this order, until enough is free; layers that images share may make it less than their sizes say. */
  readonly candidates: readonly KnownImage[];
}

/** Those that nobody has used for longest first, then those that came first. */
export function collectionOf(
  images: readonly KnownImage[],
  { capacityBytes, availableBytes }: Disk,
  { highPercent, lowPercent, minimumAgeMs }: CollectionLimits,
  now: number,
): Collection {
  const usedPercent = capacityBytes > 0 ? 100 - Math.floor((availableBytes * 100) / capacityBytes) : 0;
  if (usedPercent < highPercent) return { wantedBytes: 0, candidates: [] };
  const wantedBytes = Math.max(0, Math.floor((capacityBytes * (100 - lowPercent)) / 100) - availableBytes);
  const candidates = images
    .filter(({ isUsed, isKept, firstSeenAt }) => !isUsed && !isKept && now - firstSeenAt >= minimumAgeMs)
    .sort((a, b) => a.lastUsedAt - b.lastUsedAt || a.firstSeenAt - b.firstSeenAt || a.id.localeCompare(b.id));
  return { wantedBytes, candidates };
}
