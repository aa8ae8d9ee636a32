// Instances that end by `kill -9` under load: what they held comes again, and no more than that.
import { expect, it } from "vitest";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { FaultCase, takeDeadLetters } from "./support/fault-case.ts";
import { Fleet } from "./support/fleet.ts";
import { faultTimeoutMs, scaled } from "./support/scale.ts";
import { SteadyStream } from "./support/steady-stream.ts";

const prefetch = 20;

describeWithBroker("kill -9 under load", () => {
  it("loses nothing, and repeats at most what was in flight", { timeout: faultTimeoutMs }, async () => {
    const fault = new FaultCase("kill -9 under load");
    const { ledger } = fault;
    const kills = scaled(3, 20);
    await using foreign = await connectForeign();
    await using fleet = await new Fleet({ ledger, prefetch }).open();
    const instances = [await fleet.start(), await fleet.start()];
    await using stream = new SteadyStream({
      ledger,
      handled: () => fleet.log.read().handled,
      send: (id) => fleet.sendOrdinary(id),
    });
    for (let kill = 0; kill < kills; kill++) {
      await fleet.handledMore(100);
      const oldest = instances.shift();
      oldest?.child.kill("SIGKILL");
      expect(await oldest?.ended).toMatchObject({ code: null });
      instances.push(await fleet.start());
    }
    await stream.stop();
    await fault.end({
      look: () => fleet.log.read(),
      repeated: () => fleet.log.repeated,
      mayRepeat: prefetch * kills,
    });
    for (const { code } of await fleet.stop()) expect(code).toBe(0);
    await takeDeadLetters(foreign, `${fleet.queue}.dlq`, ledger);
    expect(ledger.balance().deadLettered).toBe(0);
    const gone = async (): Promise<boolean> => (await foreign.queueInfo(fleet.queue))?.consumerCount === 0;
    await until(gone, { what: "the end of every consumer" });
    expect(await foreign.queueInfo(fleet.queue)).toEqual({ messageCount: 0, consumerCount: 0 });
    // Every run that came to no end, and every one of a message that had been handled, belongs to a kill.
    expect(fleet.log.read().runs - fleet.log.handled).toBeLessThanOrEqual(prefetch * kills);
  });
});
