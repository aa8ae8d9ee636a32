/** The current context below a handler, with and without asyncContext. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { capturingLogger } from "../../test/support/capturing-logger.ts";
import { systemClock } from "../util/clock.ts";
import type { MessageContext } from "./context.ts";
import { currentContext, followed, getLogger, unfollowed } from "./current-context.ts";
import { HandlerRunner } from "./handler-runner.ts";
import type { ServiceContext } from "./transport.ts";

const { logger, lines } = await capturingLogger();

it("the current context is undefined while no handler runs, and the current logger does not throw", () => {
  expect(currentContext()).toBeUndefined();
  expect(() => getLogger().info("nobody hears it")).not.toThrow();
});

it("the current context keeps interleaved runs apart, and what they throw", async () => {
  const contextOf = (name: string): MessageContext => ({ logger: logger.child({ name }) }) as unknown as MessageContext;
  const call = followed(async (data, context) => {
    await turn();
    expect(currentContext()).toBe(context);
    getLogger().info(String(data));
    const inner = await unfollowed(async () => currentContext())(undefined, undefined);
    expect(inner).toBeUndefined();
    if (data === "bad") throw new Error("no");
    return data;
  });
  const runs = ["a", "b", "bad"].map(async (name) => call(name, contextOf(name)));
  const results = await Promise.allSettled(runs);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  expect(lines.map(({ name, msg }) => [name, msg])).toEqual(["a", "b", "bad"].map((name) => [name, name]));
  expect(currentContext()).toBeUndefined();
});

it.each([true, false])(
  "the current context exists in runs of a user's own transport where it is %s",
  async (followsContext) => {
    const context = { service: { name: "orders" }, clock: systemClock, messageMiddleware: [], followsContext };
    const runner = new HandlerRunner(context as unknown as ServiceContext);
    const seen: unknown[] = [];
    const call = async (_data: unknown, given: unknown): Promise<void> => {
      await turn();
      seen.push(currentContext() === given);
    };
    await runner.prepare({ name: "onFile", label: "@file orders.onFile", logger, call })({ data: 1 });
    expect(seen).toEqual([followsContext]);
  },
);
