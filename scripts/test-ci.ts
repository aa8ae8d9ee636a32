// `npm run test:ci`: all tests on this machine's RabbitMQ, then those that talk to a broker on the newest release that can be
// had here. The last lines name each failed test of both, and sum up.
import { renderFailures } from "./failed-tests.ts";
import { type MatrixRow, renderMatrix, totalsOf } from "./matrix-table.ts";
import { findRabbitMq } from "./rabbitmq-program.ts";
import { findRelease, releases } from "./rabbitmq-versions.ts";
import { prepareRelease, releaseGroups, runAllTests, runTests } from "./release-tests.ts";

/** A release is downloaded in a minute or two; a mirror that takes longer does not hold up the run. */
const installLimitSeconds = 420;

async function main(): Promise<void> {
  const all = await runAllTests();
  const rows = await newestRows();
  if (rows.length > 0) process.stdout.write(`\n${renderMatrix(releaseGroups, rows)}\n`);
  for (const { version, absence } of rows) {
    if (absence) process.stdout.write(`\n!!! NOT TESTED ON RabbitMQ ${version}: ${absence}\n`);
  }
  const { REQUIRE_RABBITMQ_MATRIX: required } = process.env;
  const everything = [{ version: "this machine's own", run: all }, ...rows];
  const { passed, failed, skipped } = totalsOf(everything, { requireAll: required === "1" });
  if (failed > 0) process.stdout.write(`\n${renderFailures(everything)}\n`);
  process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** The newest available release and its run, behind unavailable ones; none if the machine's own is the newest. */
async function newestRows(): Promise<readonly MatrixRow[]> {
  const rows: MatrixRow[] = [];
  for (const { version } of releases.toReversed()) {
    if (findRelease(version)?.server === findRabbitMq()?.server) break;
    const found = await prepare(version);
    if (found.absence === undefined) {
      process.stdout.write(`\nRabbitMQ ${found.full}\n`);
      const files = releaseGroups.map(({ path }) => path);
      return [...rows, { version: found.full, run: await runTests(version, files) }];
    }
    rows.push({ version, absence: found.absence });
  }
  return rows;
}

type Prepared = { readonly full: string; readonly absence?: undefined } | { readonly absence: string };

async function prepare(version: string): Promise<Prepared> {
  try {
    const full = await prepareRelease(version, { limitSeconds: installLimitSeconds });
    // Debian's newest suite moves on, to a release that no test has met.
    return full.startsWith(`${version}.`) ? { full } : { absence: `Debian has ${full} in its place.` };
  } catch (error) {
    return { absence: error instanceof Error ? error.message : String(error) };
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
