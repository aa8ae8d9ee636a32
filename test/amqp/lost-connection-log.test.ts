// The log of a lost connection: one warning for each connection, however many handlers share it.
import { expect, it } from "vitest";
import { amqp, defineService, on } from "../../src/index.ts";
import { describeWithPrivateBroker, operator, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

describeWithPrivateBroker("a lost connection", () => {
  it.each([1, 12])("is one warning for each connection, with %i handlers", async (count) => {
    const scope = createScope();
    const handlers = Array.from({ length: count }, (_, n) => [
      `on${n}`,
      on(amqp(`key.${n}`, { queueName: `queue-${n}` }), async () => {}),
    ]);
    const name = `lost-log-${count}`;
    await using running = await start(
      defineService({ name, options: scope.options(), handlers: Object.fromEntries(handlers) }),
    );
    await operator().closeConnectionsOf(name);
    const said = (text: string): number => running.log.filter(({ msg }) => msg.includes(text)).length;
    await until(() => said("is consumed again") === count, { what: "every consumer" });
    await running.stop();
    const warnings = running.log.filter(
      ({ level, msg }) => Number(level) >= 40 && /connection was lost|is gone/.test(msg),
    );
    expect(warnings.map(({ msg }) => msg.split(" (")[0])).toEqual([
      expect.stringMatching(/^the (publishing|consuming) connection was lost$/),
      expect.stringMatching(/^the (publishing|consuming) connection was lost$/),
    ]);
  });
});
