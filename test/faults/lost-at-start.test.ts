// A connection that is lost while its service starts, at any step: the start continues when it is back.
import { expect, it } from "vitest";
import { amqp, amqpPublish, Service } from "../../src/index.ts";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import { amqpUrl, connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";
import { FaultCase } from "./support/fault-case.ts";

/** Bytes to the broker after which the link breaks: in the handshakes, the declarations, or as consumers and previous queues begin. */
const moments = Array.from({ length: 16 }, (_, place) => 300 + 300 * place);

describeWithBroker("a connection that is lost while its service starts", () => {
  it("delays the start, at any step", { timeout: 60_000 }, async () => {
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using foreign = await connectForeign();
    const fault = new FaultCase("a connection lost at the start");
    const { ledger } = fault;
    let repeated = 0;
    for (const bytes of moments) {
      const scope = createScope();
      class Comes extends Service {
        name = "comes";
        override options = scope.options({ url: proxy.url, retry: { delays: ["1s"] } });
        @amqp("a", { queueName: "a", previousQueueNames: ["older"] }) onA(data: string) {
          ledger.handled(data);
        }
        @amqp("b", { queueName: "b" }) onB(data: string) {
          ledger.handled(data);
        }
      }
      const older = `${scope.prefix}older`;
      await foreign.channel.assertQueue(older);
      await ledger.publish(`older-${bytes}`, () => foreign.publish("", older, `older-${bytes}`));
      proxy.cutAfter("toBroker", bytes);
      await using running = await start(Comes);
      const [service] = running.services as [Service];
      for (const routingKey of ["a", "b"]) {
        const id = `${routingKey}-${bytes}`;
        await ledger.publish(id, () => amqpPublish(service, id, { routingKey, mandatory: true }));
      }
      await until(() => ledger.complete, { what: `all messages, after a cut at ${bytes} bytes` });
      if (running.log.some(({ msg }) => msg.includes("connection was lost"))) repeated++;
    }
    // Text has no id by which a repetition is known.
    expect(await fault.end({ mayRepeat: moments.length })).toMatchObject({ confirmed: 3 * moments.length });
    // The others met the handshake, or came when everything had been sent.
    expect(repeated).toBeGreaterThan(5);
  });
});
