// The image calls of the simulated runtime. It refuses to keep state (simulated.ts).
import type { ServiceClient } from "../../wire/grpc/client.ts";
import { GrpcError } from "../../wire/grpc/error.ts";
import type { ImageService } from "../../wire/cri/service.ts";
import type { SimulatedImage, SimulatedState } from "./simulated.ts";

const DEFAULT_PULL_MS = 500;

type Calls = ServiceClient<typeof ImageService.methods>;

const asImage = ({ id, name, size }: SimulatedImage) => ({
  id,
  repoTags: [name],
  repoDigests: [`${name.replace(/:[^/]*$/, "")}@${id}`],
  size,
  username: "",
  pinned: false,
});

export function simulatedImageCalls(state: SimulatedState): Calls {
  const { clock, pull } = state.options;
  return {
    async listImages(request, options) {
      await state.before("ListImages", options);
      const wanted = request.filter?.image?.image;
      return { images: [...state.images.values()].filter(({ name }) => !wanted || name === wanted).map(asImage) };
    },
    async *streamImages() {
      yield { images: [...state.images.values()].map(asImage) };
    },
    async imageStatus(request, options) {
      await state.before("ImageStatus", options);
      const found = state.imageOf(request.image?.image ?? "");
      return { info: {}, ...(found && { image: asImage(found) }) };
    },
    async pullImage(request, options) {
      await state.before("PullImage", options);
      const name = request.image?.image ?? "";
      const takes = pull?.(name, request.auth) ?? DEFAULT_PULL_MS;
      if (takes instanceof Error) {
        const text = `failed to pull and unpack image "${name}": ${takes.message}`;
        throw takes instanceof GrpcError ? takes : new GrpcError("Unknown", text);
      }
      await clock.sleep(takes, options?.signal);
      return { imageRef: (state.imageOf(name) ?? state.addImage(name)).id };
    },
    async removeImage(request, options) {
      await state.before("RemoveImage", options);
      const found = state.imageOf(request.image?.image ?? "");
      if (found) state.images.delete(found.name);
      return {};
    },
    async imageFsInfo(_, options) {
      await state.before("ImageFsInfo", options);
      return { imageFilesystems: [], containerFilesystems: [] };
    },
  };
}
