// The images of this node: finding and pulling them, one pull of an image at a time. It refuses to decide whether to
// pull (policy.ts) and when to try again (the pod step).
import type { Clock } from "../../base/clock.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { AuthConfig } from "../../wire/cri/image.ts";
import { GrpcError } from "../../wire/grpc/error.ts";
import type { Cri } from "../cri.ts";
import { normalizeImage } from "./name.ts";

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

export interface Images {
  /** What the runtime calls the image; undefined if it does not have it. Throws {@link ImageError}. */
  find(image: string, signal: AbortSignal): Promise<string | undefined>;
  /** Throws {@link ImageError}. */
  pull(image: string, pod: Pod, signal: AbortSignal): Promise<Pulled>;
  /** The handler of the pod's RuntimeClass; "" for the default one. */
  runtimeHandler(pod: Pod, signal: AbortSignal): Promise<string>;
}

export interface ImagesOptions {
  readonly cri: Cri;
  readonly clock: Clock;
  /** Credentials for an image, out of the pod's pull secrets and its account's; the best match first. */
  readonly credentials?: ((image: string, pod: Pod) => Promise<readonly AuthConfig[]>) | undefined;
  /** The handler of a RuntimeClass; throws when there is none. */
  readonly handlerOf?: ((runtimeClass: string) => Promise<string>) | undefined;
}

export function nodeImages({ cri, clock, credentials, handlerOf }: ImagesOptions): Images {
  /** The end of the last pull of each image. */
  const pulls = new Map<string, Promise<unknown>>();

  async function pullOnce(image: string, pod: Pod, signal: AbortSignal): Promise<string> {
    const all: readonly (AuthConfig | undefined)[] = (await credentials?.(image, pod)) ?? [];
    const spec = { image, userSpecifiedImage: image };
    const failures: unknown[] = [];
    // Without credentials last: a wrong secret must not keep a public image away.
    for (const auth of [...all, undefined]) {
      try {
        return (await cri.images.pullImage({ image: spec, ...(auth && { auth }) }, { signal })).imageRef;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error);
      }
    }
    // Who has credentials wants to know what was said to these.
    const told = all.length > 0 ? failures.slice(0, all.length) : failures;
    const texts = [...new Set(told.map((one) => (one instanceof GrpcError ? one.text : String(one))))];
    const text = texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
    throw new ImageError("ErrImagePull", text, { cause: told[0] });
  }

  return {
    async find(image, signal) {
      const { image: found } = await cri.images.imageStatus({ image: { image: checked(image) } }, { signal });
      return found?.id;
    },
    async pull(image, pod, signal) {
      const name = checked(image);
      const asked = clock.monotonic();
      const before = pulls.get(name) ?? Promise.resolve();
      let began = asked;
      const pulling = before.then(() => {
        began = clock.monotonic();
        return pullOnce(name, pod, signal);
      });
      const ended = pulling.catch(() => undefined);
      pulls.set(name, ended);
      void ended.then(() => pulls.get(name) === ended && pulls.delete(name));
      const imageRef = await pulling;
      const now = clock.monotonic();
      const { image: found } = await cri.images.imageStatus({ image: { image: imageRef } }, { signal });
      return { imageRef, pulled: { ms: now - began, withWaitingMs: now - asked, bytes: found?.size ?? 0 } };
    },
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
