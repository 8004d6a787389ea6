// The end of a foreground program: SIGTERM or SIGINT, as one signal to abort by. It refuses to end the process itself.

/** Aborts at the first SIGTERM or SIGINT. A second one finds no handler and ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort(new Error(name)));
  return stop.signal;
}
