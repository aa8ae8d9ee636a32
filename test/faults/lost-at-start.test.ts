// A connection that is lost while its service starts: at any moment of it, the start goes on when it is back.
import { expect, it } from "vitest";
import { amqp, amqpPublish, Service } from "../../src/index.ts";
import { startFaultProxy } from "../../src/testing/fault-proxy.ts";
import { amqpUrl, connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

/** Bytes to the broker after which the link breaks: in the handshakes, the declarations, or as consumers and former queues begin. */
const moments = Array.from({ length: 16 }, (_, place) => 300 + 300 * place);

describeWithBroker("a connection that is lost while its service starts", () => {
  it("delays the start, wherever it was", { timeout: 60_000 }, async () => {
    await using proxy = await startFaultProxy({ target: amqpUrl ?? "" });
    await using foreign = await connectForeign();
    let repeated = 0;
    for (const bytes of moments) {
      const scope = createScope();
      const seen: string[] = [];
      class Comes extends Service {
        name = "comes";
        override options = scope.options({ url: proxy.url, retry: { delays: ["1s"] } });
        @amqp("a", { queueName: "a", formerly: ["older"] }) onA(data: string) {
          seen.push(data);
        }
        @amqp("b", { queueName: "b" }) onB(data: string) {
          seen.push(data);
        }
      }
      const older = `${scope.prefix}older`;
      await foreign.channel.assertQueue(older);
      await foreign.publish("", older, "left over");
      proxy.cutAfter("toBroker", bytes);
      await using running = await start(Comes);
      const [service] = running.services as [Service];
      for (const routingKey of ["a", "b"]) await amqpPublish(service, routingKey, { routingKey, mandatory: true });
      await until(() => seen.length === 3, { what: `all messages, after a cut at ${bytes} bytes` });
      if (running.log.some(({ msg }) => msg.includes("connection was lost"))) repeated++;
    }
    // The others met the handshake, or came when everything had been sent.
    expect(repeated).toBeGreaterThan(5);
  });
});
