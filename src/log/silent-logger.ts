/** A logger that writes nothing. It needs no pino, so that a process without log lines does not load it. */
import type { Logger } from "./log-methods.ts";

export class SilentLogger implements Logger {
  level = "silent";

  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
  fatal(): void {}

  isLevelEnabled(): boolean {
    return false;
  }

  child(): Logger {
    return this;
  }
}
