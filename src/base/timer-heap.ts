// The pending timers of a VirtualClock in firing order. It refuses to know what time it is.

export interface PendingTimer {
  readonly at: number;
  /** Registration order: equal times fire in it. */
  readonly order: number;
  readonly fn: () => void;
  cancelled: boolean;
}

const earlier = (a: PendingTimer, b: PendingTimer) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap. A cancelled timer stays until it surfaces, so cancelling costs nothing. */
export class TimerHeap {
  readonly #heap: PendingTimer[] = [];
  #live = 0;

  /** How many timers wait and are not cancelled. */
  get size(): number {
    return this.#live;
  }

  push(timer: PendingTimer): void {
    const heap = this.#heap;
    let i = heap.push(timer) - 1;
    this.#live++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!earlier(timer, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = timer;
  }

  cancel(timer: PendingTimer): void {
    if (timer.cancelled) return;
    timer.cancelled = true;
    this.#live--;
  }

  /** The timer that fires next, left in place. */
  peek(): PendingTimer | undefined {
    while (this.#heap[0]?.cancelled) this.#removeFirst();
    return this.#heap[0];
  }

  /** Takes the timer that fires next; from then on cancelling it changes nothing. */
  pop(): PendingTimer | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    this.#removeFirst();
    this.cancel(first);
    return first;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
      if (!earlier(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}
