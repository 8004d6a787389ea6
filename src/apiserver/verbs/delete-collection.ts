// DELETE of a collection: each selected object by the rules of a single deletion. Answers the list as it was read.
import { hasReason } from "../../schema/meta/status.ts";
import type { Kept } from "../watch-cache/kept.ts";
import type { Selection } from "../watch-cache/selection.ts";
import type { Answer, Call } from "./call.ts";
import { deleteKept, warnOfOpenPropagation } from "./delete.ts";
import { list } from "./list.ts";
import type { DeleteOptions, ListOptions } from "./options.ts";

/** Deletions under way at once. */
const AT_ONCE = 16;

export async function deleteCollection(
  call: Call,
  selection: Selection,
  select: ListOptions,
  options: DeleteOptions,
): Promise<Answer> {
  warnOfOpenPropagation(call, options);
  const found = await list(call, selection, select);
  if (found.type !== "list") return found;
  const queue = [...found.items];
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, queue.length) }, () => worker(call, queue, options)));
  return found;
}

async function worker(call: Call, queue: Kept[], options: DeleteOptions): Promise<void> {
  for (let kept = queue.shift(); kept !== undefined; kept = queue.shift()) {
    try {
      await deleteRounds({ ...call, name: kept.name, namespace: kept.object.metadata.namespace ?? "" }, kept, options);
    } catch (error) {
      // Somebody else deleted it meanwhile.
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

async function deleteRounds(call: Call, kept: Kept, options: DeleteOptions): Promise<void> {
  let current: Kept | undefined = kept;
  while (current !== undefined) {
    const done = await deleteKept(call, current, options);
    if ("answer" in done) return;
    current = done.current;
  }
}
