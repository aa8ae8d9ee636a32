// Other frameworks and clients, each in its own folder with its own dependencies; they are installed when they are measured.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { here } from "../measure.ts";

/** What is measured of each: its folder here, and the package whose version is printed. */
const packages = {
  nestjs: "@nestjs/microservices",
  golevelup: "@golevelup/nestjs-rabbitmq",
  rascal: "rascal",
  "rabbitmq-client": "rabbitmq-client",
} as const;

export type Rival = keyof typeof packages;

export const rivals = Object.keys(packages) as readonly Rival[];

/** Installs what is missing, from the package.json of each folder. */
export function installRivals(): void {
  for (const rival of rivals) {
    const folder = here(`rivals/${rival}`);
    if (existsSync(`${folder}/node_modules/${packages[rival]}`)) continue;
    process.stdout.write(`installing ${rival} ...\n`);
    const words = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"];
    execFileSync("npm", words, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  }
}

/** `name version` of each, as installed. */
export function rivalVersions(): Readonly<Record<string, string>> {
  return Object.fromEntries(rivals.map((rival) => [packages[rival], versionOf(rival)]));
}

function versionOf(rival: Rival): string {
  const manifest = here(`rivals/${rival}/node_modules/${packages[rival]}/package.json`);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}
