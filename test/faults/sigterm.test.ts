// A rolling restart: instances end by SIGTERM under load and new ones take their place.
import { expect, it } from "vitest";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { FaultCase } from "./support/fault-case.ts";
import { Fleet } from "./support/fleet.ts";
import { faultTimeoutMs, scaled } from "./support/scale.ts";
import { SteadyStream } from "./support/steady-stream.ts";

describeWithBroker("SIGTERM under load", () => {
  it("loses nothing, and repeats nothing that had finished", { timeout: faultTimeoutMs }, async () => {
    const fault = new FaultCase("SIGTERM under load");
    const { ledger } = fault;
    await using fleet = await new Fleet({ ledger }).open();
    const instances = [await fleet.start(), await fleet.start()];
    await using stream = new SteadyStream({
      ledger,
      handled: () => fleet.log.read().handled,
      send: (id) => fleet.sendOrdinary(id),
    });
    for (let restart = 0; restart < scaled(5, 50); restart++) {
      await fleet.handledMore(100);
      const oldest = instances.shift();
      oldest?.child.kill("SIGTERM");
      expect(await oldest?.ended).toMatchObject({ code: 0 });
      instances.push(await fleet.start());
    }
    await stream.stop();
    await fault.end({ look: () => fleet.log.read(), repeated: () => fleet.log.repeated });
    for (const { code } of await fleet.stop()) expect(code).toBe(0);
    await using foreign = await connectForeign();
    const gone = async (): Promise<boolean> => (await foreign.queueInfo(fleet.queue))?.consumerCount === 0;
    await until(gone, { what: "the end of every consumer" });
    expect(await foreign.queueInfo(fleet.queue)).toEqual({ messageCount: 0, consumerCount: 0 });
    expect(await foreign.queueInfo(`${fleet.queue}.dlq`)).toMatchObject({ messageCount: 0 });
    expect(fleet.log.read().runs).toBe(fleet.log.handled);
  });
});
