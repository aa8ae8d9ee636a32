/** The page: one file that contains its script and styles. The build of the package makes it. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFolder } from "../util/package-folder.ts";
import { ConsoleError } from "./broker/errors.ts";

export interface PageFile {
  readonly html: Buffer;
  /** What the page may load and run (Content-Security-Policy): only its own script and styles. */
  readonly policy: string;
}

/** @throws ConsoleError if the package was not built */
export async function readPage(): Promise<PageFile> {
  const file = join(packageFolder(import.meta.url), "dist/console/page.html");
  const html = await readFile(file).catch((error: unknown) => {
    throw new ConsoleError(500, `The page of the console is not there (${file}). Build the package: npm run build.`, {
      cause: error,
    });
  });
  return { html, policy: policyFor(html.toString("utf8")) };
}

/** Content-Security-Policy, level 3: inline code runs only if its hash is listed. */
function policyFor(html: string): string {
  const hashes = (tag: string): string =>
    [...html.matchAll(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, "g"))]
      .map(([, code = ""]) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`)
      .join(" ");
  return [
    "default-src 'none'",
    `script-src ${hashes("script")}`,
    `style-src ${hashes("style")}`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}
