/** Time as something to be given: the real one, or one that a test moves. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after at least so many milliseconds; the returned function gives it up. Holds no process open. */
  after(ms: number, callback: () => void): () => void;
}

/** A timer of Node takes 31 bits of milliseconds; what is longer is set again. */
const longestTimerMs = 2 ** 31 - 1;

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
};
