/** Loads the user's function that removes secrets from recorded messages. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Redact } from "../../console/recording/redact.ts";
import type { Logger } from "../../log/logger.ts";
import { LoadError, UsageError } from "../common/errors.ts";
import { loadModule } from "./load-service.ts";

/**
 * Returns a function that loads it; undefined if no file is named.
 * @throws UsageError if the file does not exist
 */
export function redactLoader(file: string | undefined, logger: Logger): (() => Promise<Redact>) | undefined {
  if (file === undefined) return undefined;
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`There is no file "${file}", which --redact names.`);
  return async () => {
    const { default: redact } = (await loadModule(path, logger)) as { readonly default?: unknown };
    if (typeof redact === "function") return redact as Redact;
    throw new LoadError(
      "ERR_SERVICE_IMPORT",
      `${file} has no function as its default export, and --redact needs one: export default (message) => message;`,
    );
  };
}
