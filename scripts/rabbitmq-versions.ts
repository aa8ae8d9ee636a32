// The RabbitMQ releases that the tests know, and where a release other than the machine's own is kept.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { findRabbitMq, type RabbitMqProgram } from "./rabbitmq-program.ts";

/** A release of RabbitMQ, and the Debian suite that carries it. */
export interface RabbitMqRelease {
  readonly version: string;
  readonly suite: string;
}

/** Oldest first. Debian's newest suite moves on: a test report names the version that the broker itself gives. */
export const releases: readonly RabbitMqRelease[] = [
  { version: "3.10", suite: "bookworm" },
  { version: "4.0", suite: "trixie" },
  { version: "4.3", suite: "forky" },
];

/** The release of this version. Throws for one that nobody knows how to install. */
export function releaseOf(version: string): RabbitMqRelease {
  const release = releases.find((one) => one.version === version);
  if (release) return release;
  throw new Error(`RabbitMQ ${version} is not one of ${releases.map((one) => one.version).join(", ")}.`);
}

/** The folder that holds one installation for each release; `TOMODACHI_RABBITMQ_CACHE` names another. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { TOMODACHI_RABBITMQ_CACHE: named } = environment;
  return named || "/var/cache/tomodachi/rabbitmq";
}

/**
 * The programs of a release: the machine's own where it has that release, else the ones that `installRelease` made.
 * Without a version: the one that `TOMODACHI_TEST_RABBITMQ_VERSION` names, else the machine's own, whichever it is.
 * Undefined where there is none.
 */
export function findRelease(
  version: string | undefined = process.env["TOMODACHI_TEST_RABBITMQ_VERSION"] || undefined,
): RabbitMqProgram | undefined {
  const own = findRabbitMq();
  if (version === undefined) return own;
  releaseOf(version);
  if (own && installedVersion(own)?.startsWith(`${version}.`)) return own;
  const bin = join(cacheFolder(), version, "bin");
  const kept = { server: join(bin, "rabbitmq-server"), ctl: join(bin, "rabbitmqctl") };
  return existsSync(kept.ctl) ? kept : undefined;
}

/** Whether these are the programs of a release. */
export function isRelease(program: RabbitMqProgram, version: string): boolean {
  const kept = join(cacheFolder(), version, "bin");
  return dirname(program.server) === kept || (installedVersion(program)?.startsWith(`${version}.`) ?? false);
}

/** Read from the name of the folder that holds RabbitMQ's code, for instance `rabbitmq_server-3.10.8`. */
function installedVersion(program: RabbitMqProgram): string | undefined {
  const above = dirname(dirname(realpathSync(program.server)));
  const folders = [above, join(above, "lib")].filter((folder) => existsSync(folder));
  const names = [above, ...folders.flatMap((folder) => readdirSync(folder))];
  return names.map((name) => /rabbitmq_server-([0-9.]+)$/.exec(name)?.[1]).find((found) => found !== undefined);
}

/** The Debian mirror of this machine's own package sources; `TOMODACHI_DEBIAN_MIRROR` names another. */
export function debianMirror(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { TOMODACHI_DEBIAN_MIRROR: named } = environment;
  if (named) return named;
  try {
    const targets = execFileSync(
      "apt-get",
      ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    return targets.split("\n").find((uri) => uri !== "" && !uri.includes("security"));
  } catch {
    return undefined;
  }
}
