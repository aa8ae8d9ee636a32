// The system's clock jumps by hours while a service works: deadlines, pauses, reconnects and known duplicates do not mind.
import { expect, it } from "vitest";
import { connectForeign, describeWithPrivateBroker, operator, until } from "../support/broker.ts";
import { FaultCase, takeDeadLetters } from "./support/fault-case.ts";
import { Fleet } from "./support/fleet.ts";
import { faultTimeoutMs, scaled } from "./support/scale.ts";
import { SteadyStream } from "./support/steady-stream.ts";

const hour = 3_600_000;
const jumps: number = scaled(3, 40);

/** A message in the envelope of `JsonBase`, with its own id: sent again, it is a duplicate. */
function twinOf(jump: number): string {
  const metadata = {
    message_uuid: `twin-${jump}`,
    protocol_version: "tomodachi-json-base--1.0.0",
    timestamp: 1,
    topic: "work",
    data_encoding: "raw",
  };
  const service = { name: "sender", uuid: "sender" };
  return JSON.stringify({ service, metadata, data: { id: `twin-${jump}`, ms: 0 } });
}

describeWithPrivateBroker("a clock that jumps", () => {
  it("loses nothing, repeats nothing, and ends no run too early", { timeout: faultTimeoutMs }, async () => {
    const fault = new FaultCase("a clock that jumps");
    const { ledger } = fault;
    await using foreign = await connectForeign();
    const preload = new URL("support/shifted-clock.mjs", import.meta.url);
    const environment = { NODE_OPTIONS: `--import=${preload.href}` };
    await using fleet = await new Fleet({ ledger, environment }).open();
    await fleet.start();
    await using stream = new SteadyStream({
      ledger,
      handled: () => fleet.log.read().handled,
      ahead: 50,
      send: (id) => fleet.sendOrdinary(id),
    });
    const key = `${fleet.scope.prefix}work`;
    for (let jump = 0; jump < jumps; jump++) {
      // One for each jump: a hundred thousand other messages later its id may be forgotten, for any time of the clock.
      const sendTwin = (): Promise<void> => foreign.publish("amq.topic", key, twinOf(jump));
      await ledger.publish(`twin-${jump}`, sendTwin);
      const begun = (): boolean => fleet.log.read().timesBegun(`twin-${jump}`) > 0;
      await until(begun, { what: "the message that will have a duplicate" });
      const ms = [hour, -2 * hour, 2 * hour, -hour][jump % 4] ?? hour;
      const jobs = [
        // Runs while the clock jumps; its deadline is a minute.
        { id: `long-${jump}`, ms: 500 },
        { id: `jump-${jump}`, ms: 0, shiftsClock: ms },
        { id: `again-${jump}`, ms: 0, requeues: true },
        { id: `fails-${jump}`, ms: 0, fails: true },
      ];
      await Promise.all(jobs.map((job) => ledger.publish(job.id, () => fleet.send(job))));
      await until(() => fleet.log.read().timesBegun(`jump-${jump}`) > 0, { what: "the jump" });
      await sendTwin();
      await operator().closeConnectionsOf(fleet.serviceName);
      await fleet.handledMore(60);
    }
    await stream.stop();
    const look = async (): Promise<void> => {
      fleet.log.read();
      await takeDeadLetters(foreign, `${fleet.queue}.dlq`, ledger);
    };
    const balance = await fault.end({ look, repeated: () => fleet.log.repeated });
    expect(balance).toMatchObject({ deadLettered: jumps, duplicates: 0 });
    for (const { code } of await fleet.stop()) expect(code).toBe(0);
    fleet.log.read();
    for (let jump = 0; jump < jumps; jump++) {
      expect(fleet.log.timesBegun(`twin-${jump}`)).toBe(1);
      expect(fleet.log.timesBegun(`again-${jump}`)).toBeGreaterThanOrEqual(2);
    }
    expect(await foreign.queueInfo(fleet.queue)).toMatchObject({ messageCount: 0 });
  });
});
