// Waits until what is answered can be shown in the version asked for. It refuses to convert (conversion/).
import type { ServedKind } from "../kinds.ts";
import type { Answer } from "./call.ts";
import type { Output } from "./watch.ts";

/** Undefined: it can be shown at once, as nearly always. */
export function converting(answer: Answer): Promise<unknown> | undefined {
  switch (answer.type) {
    case "kept":
      return answer.served.conversion?.ready([answer.kept]);
    case "list":
      return answer.served.conversion?.ready(answer.items);
    default:
      return undefined;
  }
}

/** The answer once it can be shown. */
export async function converted(answer: Answer | Promise<Answer>): Promise<Answer> {
  const given = await answer;
  const pending = converting(given);
  if (pending !== undefined) await pending;
  return given;
}

/** As {@link converting}, for a batch of a watch. */
export function convertingBatch({ conversion }: ServedKind, batch: readonly Output[]): Promise<unknown> | undefined {
  return conversion?.ready(batch.flatMap((output) => (output.type === "event" ? [output.seen.kept] : [])));
}
