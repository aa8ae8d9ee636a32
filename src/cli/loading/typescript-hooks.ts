/** Runs TypeScript without a build step: with tsx and the service's own tsconfig. Only this file knows tsx. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasCode, messageOf } from "../../errors.ts";
import { LoadError } from "../common/errors.ts";

const variable = "TSX_TSCONFIG_PATH";

/** The nearest `tsconfig.json` in the folder of the file or above it. */
export function tsconfigOf(file: string): string | undefined {
  const folder = dirname(file);
  const path = join(folder, "tsconfig.json");
  if (existsSync(path)) return path;
  return folder === dirname(folder) ? undefined : tsconfigOf(folder);
}

/**
 * Registers tsx for `import` and for `require`, because a project without `"type": "module"` needs both. tsx's `tsImport` cannot be used:
 * it would make a second copy of every package.
 */
export async function registerTypescript(tsconfig: string | undefined, file: string): Promise<void> {
  const [commonjs, esm] = await loadTsx(file);
  const before = process.env[variable];
  // tsx's hook for `require` takes the path only from this variable, and reads it once.
  if (tsconfig !== undefined) process.env[variable] = tsconfig;
  try {
    commonjs.register();
    esm.register({ tsconfig: tsconfig ?? false });
  } catch (error) {
    throw new LoadError("ERR_SERVICE_IMPORT", `${tsconfig ?? "tsconfig.json"} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    if (before === undefined) delete process.env[variable];
    else process.env[variable] = before;
  }
}

/** tsx is an optional dependency, so a production image made with `npm install --omit=optional` does not have it. */
async function loadTsx(file: string): Promise<[typeof import("tsx/cjs/api"), typeof import("tsx/esm/api")]> {
  try {
    return await Promise.all([import("tsx/cjs/api"), import("tsx/esm/api")]);
  } catch (error) {
    if (!hasCode(error, "ERR_MODULE_NOT_FOUND")) throw error;
    throw new LoadError(
      "ERR_SERVICE_IMPORT",
      `${file} is TypeScript, and the package tsx that loads it is not installed. Install it with \`npm install --save-dev tsx\`, or install without --omit=optional. In production, compile with tsc and run the JavaScript: \`tomodachi run dist/ --production\`.`,
      { cause: error },
    );
  }
}
