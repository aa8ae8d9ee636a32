import { defineConfig } from "vitest/config";

// Two projects: "unit" stands beside its file and needs nothing; "integration" crosses rooms and talks to a real broker.
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/summary-reporter.ts"],
    projects: [
      { extends: true, test: { name: "unit", include: ["src/**/*.test.ts", "test/architecture.test.ts"] } },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/**/*.test.ts"],
          exclude: ["test/architecture.test.ts"],
          globalSetup: ["test/support/global-setup.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          // After the unit tests; projects that differ in maxWorkers may not run together.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
