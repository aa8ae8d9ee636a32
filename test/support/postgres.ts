// A PostgreSQL for the tests of one file: a private server on loopback, in a temporary folder, without a password.
import { execFile, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { describe } from "vitest";
import { freePort } from "../cli/free-port.ts";
import { until } from "./broker.ts";

const programs = findPrograms();

/** Tests that need PostgreSQL; without it they are skipped with one visible line, and fail with REQUIRE_POSTGRESQL=1. */
export function describeWithPostgres(name: string, tests: () => void): void {
  if (programs === undefined) {
    const absence = "There is no PostgreSQL (apt-get install postgresql)";
    if (process.env["REQUIRE_POSTGRESQL"] === "1") throw new Error(absence);
    console.warn(`${absence}: its tests are skipped`);
  }
  describe.skipIf(programs === undefined)(name, tests);
}

export interface Postgres extends AsyncDisposable {
  /** Creates an empty database, and returns its URL. */
  createDatabase(name: string): Promise<string>;
}

export async function startPostgres(): Promise<Postgres> {
  if (programs === undefined) throw new Error("There is no PostgreSQL. Use describeWithPostgres.");
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-postgres-"));
  const user = ownerOf(folder);
  const data = join(folder, "data");
  const options = ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"];
  await promisify(execFile)(join(programs, "initdb"), options, { ...user, cwd: folder });
  const port = await freePort();
  const words = ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", folder, "-F"];
  const server = spawn(join(programs, "postgres"), words, {
    ...user,
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  server.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    log += chunk;
  });
  const ended = new Promise((resolve) => server.on("close", resolve));
  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  await until(
    () => {
      if (server.exitCode !== null) throw new Error(`PostgreSQL does not start:\n${log}`);
      return log.includes("ready to accept connections");
    },
    { what: "PostgreSQL to be ready", timeoutMs: 30_000 },
  );
  return {
    async createDatabase(name) {
      const client = new pg.Client({ connectionString: urlOf("postgres") });
      await client.connect();
      try {
        await client.query(`CREATE DATABASE "${name}"`);
      } finally {
        await client.end();
      }
      return urlOf(name);
    },
    async [Symbol.asyncDispose]() {
      // It closes the connections of clients too.
      server.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The newest release that Debian's packages have installed; they do not put its programs on the path. */
function findPrograms(): string | undefined {
  const installed = "/usr/lib/postgresql";
  const releases = existsSync(installed) ? readdirSync(installed).sort((a, b) => Number(b) - Number(a)) : [];
  const onPath = spawnSync("which", ["initdb"], { encoding: "utf8" })
    .stdout?.trim()
    .replace(/\/initdb$/, "");
  const folders = [...releases.map((release) => join(installed, release, "bin")), onPath];
  return folders.find((folder) => folder && existsSync(join(folder, "initdb")));
}

/** PostgreSQL does not run as root: there the user "postgres", which the package creates, gets the folder. */
function ownerOf(folder: string): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (option: string) => Number(spawnSync("id", [option, "postgres"], { encoding: "utf8" }).stdout);
  const owner = { uid: idOf("-u"), gid: idOf("-g") };
  chownSync(folder, owner.uid, owner.gid);
  return owner;
}
