// The turns of Node's event loop, for sockets alone: what is decided by time takes a Clock. It refuses to wait for a time.

/** Calls `action` in the next turn of the loop, after what has arrived by now was looked at. */
export function nextTurn(action: () => void): void {
  setImmediate(action);
}

/** Calls `action` once the loop has read everything that the kernel holds now. */
export function afterNextPoll(action: () => void): void {
  // The first comes before the loop has looked at its sockets again, the second after.
  setImmediate(() => setImmediate(action));
}
