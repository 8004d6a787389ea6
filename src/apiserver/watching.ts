// Who watches at this moment. It refuses to say what: a component that runs watches something, one that does not run cannot.
import type { RequestContext } from "./request.ts";

/** What a request tells about who sent it. */
type Sender = Pick<RequestContext, "user" | "userAgent">;

export class Watching {
  readonly #open = new Map<string, { readonly sender: Sender; count: number }>();

  began(sender: Sender): void {
    const known = this.#open.get(keyOf(sender));
    if (known) known.count++;
    else this.#open.set(keyOf(sender), { sender: { user: sender.user, userAgent: sender.userAgent }, count: 1 });
  }

  ended(sender: Sender): void {
    const known = this.#open.get(keyOf(sender));
    if (known && --known.count === 0) this.#open.delete(keyOf(sender));
  }

  some(is: (sender: Sender) => boolean): boolean {
    return [...this.#open.values()].some(({ sender }) => is(sender));
  }
}

const keyOf = ({ user, userAgent }: Sender) => `${user.name} ${userAgent}`;
