import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** What tests and examples import by the package's name is the source, and not what was built last. */
function source(face: string): string {
  return fileURLToPath(new URL(`./src/${face}`, import.meta.url));
}

// Two projects: "unit" stands beside its file and needs nothing; "integration" crosses rooms and talks to a real broker;
// "embedded" runs those of it that need no more than a broker again, on the embedded one.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^tomodachi$/, replacement: source("index.ts") },
      { find: /^tomodachi\/testing$/, replacement: source("testing/index.ts") },
    ],
  },
  test: {
    // By its whole path: vitest finds this file also for a project below this folder, such as that of the tutorial.
    reporters: ["default", fileURLToPath(new URL("./test/support/summary-reporter.ts", import.meta.url))],
    // A second, the default, is shorter than a pause of a busy machine.
    expect: { poll: { timeout: 20_000 } },
    // `npm run coverage`. Code that runs in another process is not counted: the page of the console, and most of the command line.
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts", "src/console/page/**"],
      reporter: ["text-summary", "html"],
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/architecture*.test.ts"],
          // They take milliseconds; on a busy machine one that counts to a million takes seconds.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/**/*.test.ts", "examples/{tutorial,migrate}/**/*.test.ts"],
          exclude: ["test/architecture*.test.ts"],
          provide: { brokerKind: "rabbitmq" },
          globalSetup: ["test/support/global-setup.ts"],
          // A test that asks rabbitmqctl four times needs half a minute where that is slow.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          // After the unit tests; projects that differ in maxWorkers may not run together.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "embedded",
          include: [
            "test/amqp/**/*.test.ts",
            "test/amqp-client/**/*.test.ts",
            "test/faults/**/*.test.ts",
            "test/recipes/**/*.test.ts",
            "test/telemetry/**/*.test.ts",
            "test/transports/**/*.test.ts",
            "test/support/broker.test.ts",
          ],
          provide: { brokerKind: "embedded" },
          setupFiles: ["test/support/leak-guard.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          // One run serves all tests of a file, so no test alone can be asked what it leaves open.
          name: "embedded-console",
          include: [
            "test/console/{access,before-page,broker-console,dead-letters,page,page-dead-letters,page-many-queues,run-console}.test.ts",
          ],
          provide: { brokerKind: "embedded" },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
