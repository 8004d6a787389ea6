// The images of this node: finding and pulling them, one pull of an image at a time. It refuses to decide whether to
// pull (policy.ts) and when to try again (the pod step).
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { GrpcError } from "../../wire/grpc/error.ts";
import type { Cri } from "../cri.ts";
import { normalizeImage } from "./name.ts";
import { PullLedger, forgetfulRecords } from "./pull-ledger.ts";
import type { PullRecords } from "./pull-ledger.ts";
import type { PullCredential } from "./pull-secrets.ts";

/** An image that cannot be had; `reason` is what the container's waiting state says. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly reason: "ErrImagePull" | "ImageInspectError" | "InvalidImageName" | "RegistryUnavailable";
  constructor(reason: ImageError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface Pulled {
  readonly imageRef: string;
  readonly pulled: { readonly ms: number; readonly withWaitingMs: number; readonly bytes: number };
}

export interface Found {
  /** What the runtime calls the image. */
  readonly imageRef: string;
  /** It came with a secret that the pod does not have: the registry must say whether the pod may use it. */
  readonly isWithheld: boolean;
}

export interface Images {
  /** Undefined if the runtime does not have it. Throws {@link ImageError}. */
  find(image: string, pod: Pod, signal: AbortSignal): Promise<Found | undefined>;
  /** Throws {@link ImageError}. */
  pull(image: string, pod: Pod, signal: AbortSignal): Promise<Pulled>;
  /** The handler of the pod's RuntimeClass; "" for the default one. */
  runtimeHandler(pod: Pod, signal: AbortSignal): Promise<string>;
  /** Forgets who pulled images that are not there any more. `listedAt`: in milliseconds since 1970. */
  prune(imageRefs: ReadonlySet<string>, listedAt: number): Promise<void>;
}

export interface ImagesOptions {
  readonly cri: Cri;
  readonly clock: Clock;
  readonly log: Log;
  /** Credentials for an image, out of the pod's pull secrets and its account's; the best match first. */
  readonly credentials?: ((image: string, pod: Pod) => Promise<readonly PullCredential[]>) | undefined;
  /** Where it is kept with which secrets images were pulled; without it, for as long as this lives. */
  readonly pullRecords?: PullRecords | undefined;
  /** The handler of a RuntimeClass; throws when there is none. */
  readonly handlerOf?: ((runtimeClass: string) => Promise<string>) | undefined;
}

export function nodeImages({ cri, clock, log, credentials, pullRecords, handlerOf }: ImagesOptions): Images {
  /** The end of the last pull of each image. */
  const pulls = new Map<string, Promise<unknown>>();
  const listed = async () => (await cri.images.listImages({})).images;
  const ledger = new PullLedger({ store: pullRecords ?? forgetfulRecords(), clock, log, images: listed });

  const credentialsOf = async (image: string, pod: Pod) => (await credentials?.(image, pod)) ?? [];

  async function pullOnce(image: string, pod: Pod, signal: AbortSignal): Promise<string> {
    const all = await credentialsOf(image, pod);
    const spec = { image, userSpecifiedImage: image };
    const failures: unknown[] = [];
    // As upstream: with the pod's credentials, or without any, but not with them and then without.
    for (const one of all.length > 0 ? all : [undefined]) {
      try {
        const { imageRef } = await cri.images.pullImage({ image: spec, ...(one && { auth: one.auth }) }, { signal });
        await ledger.pulled(image, imageRef, one ? { kubernetesSecrets: [one.secret] } : { nodePodsAccessible: true });
        return imageRef;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error);
      }
    }
    const texts = [...new Set(failures.map((one) => (one instanceof GrpcError ? one.text : String(one))))];
    const text = texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
    throw new ImageError("ErrImagePull", text, { cause: failures[0] });
  }

  /** Cut off by the end of this kubelet, a pull may still come about: its intent stays. */
  async function pullNoted(image: string, pod: Pod, signal: AbortSignal): Promise<string> {
    await ledger.begin(image);
    try {
      return await pullOnce(image, pod, signal);
    } catch (error) {
      if (!signal.aborted) await ledger.failed(image);
      throw error;
    }
  }

  return {
    async find(image, pod, signal) {
      const name = checked(image);
      const { image: found } = await cri.images.imageStatus({ image: { image: name } }, { signal });
      if (found === undefined) return undefined;
      const secrets = async () => (await credentialsOf(name, pod)).map(({ secret }) => secret);
      return { imageRef: found.id, isWithheld: !(await ledger.mayUse(name, found.id, secrets)) };
    },
    async pull(image, pod, signal) {
      const name = checked(image);
      const asked = clock.monotonic();
      const before = pulls.get(name) ?? Promise.resolve();
      let began = asked;
      const pulling = before.then(() => {
        began = clock.monotonic();
        return pullNoted(name, pod, signal);
      });
      const ended = pulling.catch(() => undefined);
      pulls.set(name, ended);
      void ended.then(() => pulls.get(name) === ended && pulls.delete(name));
      const imageRef = await pulling;
      const now = clock.monotonic();
      const { image: found } = await cri.images.imageStatus({ image: { image: imageRef } }, { signal });
      return { imageRef, pulled: { ms: now - began, withWaitingMs: now - asked, bytes: found?.size ?? 0 } };
    },
    prune: (imageRefs, listedAt) => ledger.prune(imageRefs, listedAt),
    async runtimeHandler({ spec }) {
      return spec.runtimeClassName && handlerOf ? handlerOf(spec.runtimeClassName) : "";
    },
  };
}

function checked(image: string): string {
  const name = normalizeImage(image);
  if ("fault" in name) {
    throw new ImageError(
      "InvalidImageName",
      `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${name.fault}`,
    );
  }
  return name.image;
}
