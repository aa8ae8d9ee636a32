// `npm run test:matrix [-- --version 4.3 ...]`: the tests that talk to a broker, on each RabbitMQ release, and a table of them.
import { parseArgs } from "node:util";
import { renderFailures } from "./failed-tests.ts";
import { type MatrixRow, renderMatrix, totalsOf } from "./matrix-table.ts";
import { releaseOf, releases } from "./rabbitmq-versions.ts";
import { prepareRelease, type ReleaseRun, releaseGroups, runTests } from "./release-tests.ts";

const usage = `npm run test:matrix [-- --version ${releases.map((one) => one.version).join(" --version ")}]`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { version: { type: "string", multiple: true } } });
  const versions = values.version ?? releases.map(({ version }) => version);
  for (const version of versions) releaseOf(version);
  const rows: MatrixRow[] = [];
  for (const version of versions) rows.push(await rowOf(version));
  process.stdout.write(`\n${renderMatrix(releaseGroups, rows)}\n`);
  for (const { version, absence } of rows) {
    if (absence) process.stdout.write(`!!! NOT TESTED ON RabbitMQ ${version}: ${absence}\n`);
  }
  const { REQUIRE_RABBITMQ: required } = process.env;
  const { passed, failed, skipped } = totalsOf(rows, { requireAll: required === "1" });
  if (failed > 0) process.stdout.write(`\n${renderFailures(rows)}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
  if (passed === 0) process.stdout.write("No test ran: no release of RabbitMQ could be had here.\n");
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

async function rowOf(version: string): Promise<MatrixRow> {
  let full: string;
  try {
    full = await prepareRelease(version);
  } catch (error) {
    return { version, absence: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`\nRabbitMQ ${full}\n`);
  const run: ReleaseRun = await runTests(
    version,
    releaseGroups.map(({ path }) => path),
  );
  return { version: full, run };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = 1;
});
