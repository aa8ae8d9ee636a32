/** The token of the console: a new one for each start, unless the environment sets it. */
import { randomBytes } from "node:crypto";
import { UsageError } from "../common/errors.ts";
import type { Environment } from "../common/run-surroundings.ts";

export const defaultConsolePort = 4600;

const leastToken = 16;

/** @throws UsageError for a token that is too short, or cannot be part of an address */
export function consoleToken({ TOMODACHI_CONSOLE_TOKEN: given }: Environment): string {
  if (!given) return randomBytes(18).toString("base64url");
  if (given.length >= leastToken && /^[\w.~-]+$/.test(given)) return given;
  throw new UsageError(
    `TOMODACHI_CONSOLE_TOKEN must have at least ${leastToken} characters: letters, digits and ". _ ~ -". Leave it out for a new token at each start.`,
  );
}
