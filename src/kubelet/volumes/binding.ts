// Bind mounts by the machine's own mount program. It refuses to resolve what it is given: that is the caller's, who holds it
// open.
import type { Mounter } from "../container/sub-paths.ts";
import { run } from "../network/host.ts";
import { mountsBelow } from "./memory.ts";

export const hostMounter: Mounter = {
  async bind(source, target) {
    try {
      await run("mount", ["--no-canonicalize", "--bind", source, target]);
    } catch (error) {
      // busybox's has no such option, and resolves nothing anyway; the caller looks at what came of it.
      if (!/unrecognized option|invalid option/.test(String(error))) throw error;
      await run("mount", ["-o", "bind", source, target]);
    }
  },
  unmount: async (target) => void (await run("umount", [target])),
  isMounted: async (target) => (await mountsBelow(target)).includes(target),
};
