// One message whose handler ends the process, among many that do nothing wrong: it alone is dead-lettered.
import { expect, it } from "vitest";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { FaultCase, takeDeadLetters } from "./support/fault-case.ts";
import { Fleet } from "./support/fleet.ts";
import { faultTimeoutMs, scaled } from "./support/scale.ts";

const count = 300;
const offending = "m150";
/** The default of `crashLimit`. */
const crashLimit = 5;

describeWithBroker("a handler that kills its process", () => {
  it("dead-letters only the message that causes it", { timeout: faultTimeoutMs }, async () => {
    const fault = new FaultCase("a handler that kills its process");
    const { ledger } = fault;
    await using foreign = await connectForeign();
    await using fleet = await new Fleet({ ledger }).open();
    // As an orchestrator does: what ended is started again, for as long as the service is wanted.
    let wanted = true;
    let deaths = 0;
    const supervise = async (): Promise<void> => {
      while (wanted) {
        const { code } = await fleet.startSoon().ended;
        if (code !== 0) deaths++;
      }
    };
    const replicaCount = scaled(1, 2);
    const replicas = Array.from({ length: replicaCount }, supervise);
    await until(async () => ((await foreign.queueInfo(fleet.queue))?.consumerCount ?? 0) > 0, { what: "a consumer" });
    for (let number = 0; number < count; number++) {
      const id = `m${number}`;
      await ledger.publish(id, () => fleet.send({ id, ms: number % 5, kills: id === offending }));
    }
    const look = async (): Promise<void> => {
      await takeDeadLetters(foreign, `${fleet.queue}.dlq`, ledger);
      fleet.log.read();
    };
    const balance = await fault.end({ look, repeated: () => fleet.log.repeated, mayRepeat: 100 * crashLimit });
    expect(balance).toMatchObject({ handled: count - 1, deadLettered: 1 });
    await until(() => deaths === fleet.log.read().timesBegun(offending), { what: "the end of the last process" });
    // Some brokers count the return of a message that a process requeues to receive it again alone.
    expect(deaths).toBeGreaterThanOrEqual(crashLimit - replicaCount);
    expect(deaths).toBeLessThanOrEqual(crashLimit + replicaCount);
    wanted = false;
    await fleet.stop();
    await Promise.all(replicas);
    await look();
    expect(ledger.balance()).toMatchObject({ handled: count - 1, deadLettered: 1, missing: [] });
    expect(ledger.timesHandled(offending)).toBe(0);
  });
});
