// One machine's clock: the time of all, shifted. It refuses to shift delays and monotonic time, which no clock set
// by hand changes.
import type { Clock } from "../../../src/base/clock.ts";

export interface MachineClock extends Clock {
  /** How far this machine's wall clock is off, in milliseconds. */
  skewMs: number;
}

export function machineClock(clock: Clock): MachineClock {
  return {
    skewMs: 0,
    now() {
      // A machine's clock tells whole milliseconds, whatever fraction a delay was.
      return Math.floor(clock.now()) + this.skewMs;
    },
    monotonic: () => clock.monotonic(),
    after: (ms, fn) => clock.after(ms, fn),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}
