// The conformance suite: every case of every area as a test of its own, against one broker.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uniqueName } from "../support/broker.ts";
import { loadAreas } from "./areas.ts";
import type { BrokerUnderTest, VirtualHostUnderTest } from "./broker-under-test.ts";
import { CaseRun } from "./case-run.ts";
import type { BrokerAdmin, ConformanceCase } from "./conformance-case.ts";
import type { Divergence } from "./divergences.ts";

/** What came of one case on one broker; a test carries it in its `meta` for the report. */
export interface CaseResult {
  readonly broker: BrokerAdmin["kind"];
  readonly version: string;
  readonly area: string;
  readonly title: string;
  /** Why the broker may fail it; then failing is what the test asks for. */
  readonly divergence?: string;
}

declare module "vitest" {
  interface TaskMeta {
    conformance?: CaseResult;
  }
}

const areas = await loadAreas();

/**
 * Declares the tests. `start` undefined: there is no such broker here, and all of them are skipped. A case that
 * `divergences` lists for this broker has to fail; one that passes all the same fails its test, so that no row remains after
 * its difference.
 */
export function describeBroker(
  name: string,
  start: (() => Promise<BrokerUnderTest>) | undefined,
  divergences: readonly Divergence[],
): void {
  const describeIt = start ? describe : describe.skip;
  describeIt(`conformance of ${name}`, () => {
    let broker: BrokerUnderTest | undefined;
    const hosts = new Map<string, VirtualHostUnderTest>();

    beforeAll(async () => {
      broker = await start?.();
      const added = await broker?.addVirtualHosts(areas.map((area) => uniqueName(area.name)));
      added?.forEach((host, index) => void hosts.set(areas[index]?.name ?? "", host));
    });
    afterAll(() => broker?.[Symbol.asyncDispose]());

    for (const area of areas) {
      describe(area.name, () => {
        for (const one of area.cases) {
          it(one.title, async ({ task }) => {
            const host = hosts.get(area.name);
            if (!host) throw new Error(`There is no virtual host for ${area.name}.`);
            const { kind, version } = host.admin;
            const row = divergences.find((d) => d.broker === kind && d.area === area.name && d.case === one.title);
            const result: CaseResult = { broker: kind, version, area: area.name, title: one.title };
            task.meta.conformance = row ? { ...result, divergence: row.reason } : result;
            if (row) await expectFailure(one, host, row);
            else await run(one, host);
          });
        }
      });
    }
  });
}

/** Runs a case and cleans up after it, with any result. */
async function run(one: ConformanceCase, host: VirtualHostUnderTest): Promise<void> {
  const context = new CaseRun(host);
  let failure: { readonly error: unknown } | undefined;
  try {
    await one.run(context);
  } catch (error) {
    failure = { error };
  }
  try {
    await context.end();
  } catch (error) {
    failure ??= { error };
  }
  if (failure) throw failure.error;
}

async function expectFailure(one: ConformanceCase, host: VirtualHostUnderTest, row: Divergence): Promise<void> {
  const outcome = await run(one, host).then(
    () => "passed",
    () => "failed",
  );
  expect(outcome, `divergences.ts says that the case fails here: "${row.reason}"`).toBe("failed");
}
