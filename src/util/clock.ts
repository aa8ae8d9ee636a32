/** The time as an object that can be passed in: the real time, or a clock that a test advances. */

/** A source of time, with timers. */
export interface Clock {
  /** The time, in milliseconds since 1970. */
  now(): number;
  /**
   * Calls back once, after at least this many milliseconds. The returned function cancels the call. The timer does not keep a process
   * alive.
   */
  after(ms: number, callback: () => void): () => void;
  /**
   * Calls back once, when the clock shows this time (milliseconds since 1970) or soon after; earlier if the clock was set back meanwhile.
   * Use it for times of day: `after` ignores changes of the clock. The returned function cancels the call. @default `after` is used
   */
  at?(time: number, callback: () => void): () => void;
}

/** Calls back when the clock shows the time. */
export function callAt(clock: Clock, time: number, callback: () => void): () => void {
  return clock.at ? clock.at(time, callback) : clock.after(time - clock.now(), callback);
}

/** A timer of Node holds 31 bits of milliseconds; a longer one is set again. */
const longestTimerMs = 2 ** 31 - 1;
/** How often a wait for a time of day checks whether the clock was changed or the machine slept, in milliseconds. */
const lookMs = 30_000;
/** A clock that moved back by less than this, in milliseconds, was only corrected. */
const correctionMs = 1000;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const due = Date.now() + ms;
    let timer = arm(ms);
    function arm(left: number): NodeJS.Timeout {
      const next = (): void => {
        const rest = due - Date.now();
        if (left > longestTimerMs && rest > 0) timer = arm(rest);
        else callback();
      };
      return setTimeout(next, Math.min(Math.max(left, 0), longestTimerMs)).unref();
    }
    return () => clearTimeout(timer);
  },
  at(time, callback) {
    let timer: NodeJS.Timeout;
    wait(Date.now());
    function wait(now: number): void {
      const look = (): void => {
        const then = Date.now();
        if (then >= time || then < now - correctionMs) callback();
        else wait(then);
      };
      timer = setTimeout(look, Math.min(Math.max(time - now, 0), lookMs)).unref();
    }
    return () => clearTimeout(timer);
  },
};
