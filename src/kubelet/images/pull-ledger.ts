// Keeps the records of what was pulled and what is being pulled, and answers who may use what is there. It refuses to
// pull, and to decide by itself (pull-records.ts).
//
// An intent is written before a pull and goes after its record is: whatever moment the kubelet is killed at, an image that
// a pull brought is never taken for one that was there before.
import { formatTime } from "../../base/timestamp.ts";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Image } from "../../wire/cri/image.ts";
import { repositoryOf, wholeName } from "./name.ts";
import { accessOf, withCredentials } from "./pull-records.ts";
import type { ImagePullCredentials, ImagePullSecret, ImagePulledRecord } from "./pull-records.ts";

/** Where records outlive the kubelet. Each call has happened when it resolves. */
export interface PullRecords {
  records(): Promise<readonly ImagePulledRecord[]>;
  intents(): Promise<readonly string[]>;
  putRecord(record: ImagePulledRecord): Promise<void>;
  deleteRecord(imageRef: string): Promise<void>;
  putIntent(image: string): Promise<void>;
  deleteIntent(image: string): Promise<void>;
}

/** For a node that has no disk: nothing is known of pulls of an earlier kubelet. */
export function forgetfulRecords(): PullRecords {
  const done = () => Promise.resolve();
  const none = () => Promise.resolve([]);
  return { records: none, intents: none, putRecord: done, deleteRecord: done, putIntent: done, deleteIntent: done };
}

export interface PullLedgerOptions {
  readonly store: PullRecords;
  readonly clock: Clock;
  readonly log: Log;
  /** The runtime's images, to learn what became of pulls that an earlier kubelet did not see the end of. */
  readonly images: () => Promise<readonly Image[]>;
}

export class PullLedger {
  readonly #options: PullLedgerOptions;
  readonly #records = new Map<string, ImagePulledRecord>();
  /** Pulls that have not ended, by name; those of an earlier kubelet count as none. */
  readonly #intents = new Map<string, number>();
  #loaded: Promise<void> | undefined;

  constructor(options: PullLedgerOptions) {
    this.#options = options;
  }

  /** Whether a pod with these secrets may use the image that is there. */
  async mayUse(image: string, imageRef: string, secrets: () => Promise<readonly ImagePullSecret[]>): Promise<boolean> {
    await this.#load();
    const record = this.#records.get(imageRef);
    if (record === undefined) return !this.#intents.has(image);
    const repository = repositoryOf(image);
    if (record.credentialMapping[repository]?.nodePodsAccessible) return true;
    const access = accessOf(record, repository, await secrets());
    if (access.allowed && access.also) await this.#note(image, imageRef, { kubernetesSecrets: [access.also] });
    return access.allowed;
  }

  /** Before a pull; one whose intent cannot be written must not begin. */
  async begin(image: string): Promise<void> {
    await this.#load();
    await this.#options.store.putIntent(image);
    this.#intents.set(image, (this.#intents.get(image) ?? 0) + 1);
  }

  /** After a pull. A record that cannot be written leaves the intent, which says as much. */
  async pulled(image: string, imageRef: string, credentials: ImagePullCredentials): Promise<void> {
    if (await this.#note(image, imageRef, credentials)) await this.#end(image);
  }

  /** After a pull that brought nothing. */
  failed(image: string): Promise<void> {
    return this.#end(image);
  }

  /** Records of images that are not there any more go, unless they are younger than the list. */
  async prune(imageRefs: ReadonlySet<string>, listedAt: number): Promise<void> {
    await this.#load();
    for (const { imageRef, lastUpdatedTime } of [...this.#records.values()]) {
      if (imageRefs.has(imageRef) || Date.parse(lastUpdatedTime) + 1000 >= listedAt) continue;
      this.#records.delete(imageRef);
      await this.#trying("a record of a pull was not removed", () => this.#options.store.deleteRecord(imageRef));
    }
  }

  async #note(image: string, imageRef: string, credentials: ImagePullCredentials | undefined): Promise<boolean> {
    const before = this.#records.get(imageRef);
    const time = formatTime(this.#options.clock.now());
    const record = withCredentials(before, { imageRef, repository: repositoryOf(image), credentials, time });
    if (record === before) return true;
    this.#records.set(imageRef, record);
    return this.#trying("a record of a pull was not written", () => this.#options.store.putRecord(record));
  }

  async #end(image: string): Promise<void> {
    const left = (this.#intents.get(image) ?? 0) - 1;
    if (left > 0) return void this.#intents.set(image, left);
    const isGone = await this.#trying("a pull's intent was not removed", () => this.#options.store.deleteIntent(image));
    // Another pull may have begun meanwhile.
    if (isGone && (this.#intents.get(image) ?? 0) <= 1) this.#intents.delete(image);
  }

  async #trying(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#options.log.warn(what, { error: String(error) });
      return false;
    }
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#read().catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    return this.#loaded;
  }

  /** What an earlier kubelet was pulling and is there now came by that pull: with which credentials, nobody knows. */
  async #read(): Promise<void> {
    const { store, images } = this.#options;
    for (const record of await store.records()) this.#records.set(record.imageRef, record);
    const intents = new Set(await store.intents());
    if (intents.size === 0) return;
    const there = await images();
    for (const image of intents) {
      const whole = wholeName(image);
      const found = there.find(({ repoTags, repoDigests }) => [...repoTags, ...repoDigests].includes(whole));
      if (found === undefined) this.#intents.set(image, 0);
      else if (await this.#note(image, found.id, undefined))
        await this.#trying("a pull's intent was not removed", () => store.deleteIntent(image));
      else this.#intents.set(image, 0);
    }
  }
}
