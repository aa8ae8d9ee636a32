// Ids that are not UTF-8: RabbitMQ accepts any bytes, and a reply has to contain exactly the same ones.
import { expect, it } from "vitest";
import { decodeText, encodeText } from "../../src/amqp-wire/escaped-text.ts";
import { amqp, Service } from "../../src/index.ts";
import { createConnection } from "../amqp-client/client.ts";
import { brokerKind, describeWithBroker, until } from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

// The embedded broker refuses them, with 502.
const describeWithRabbitMq = brokerKind === "rabbitmq" ? describeWithBroker : describeWithBroker.skip;

describeWithRabbitMq("a request whose correlation id is not UTF-8", () => {
  it.each<[string, Buffer]>([
    ["a UUID in 16 bytes", Buffer.from("550e8400e29b41d4a716446655440000", "hex")],
    ["90 bytes", Buffer.alloc(90, 0xe9)],
    ["255 bytes", Buffer.alloc(255, 0xff)],
  ])("(%s) is answered with exactly the same bytes", async (_what, id) => {
    const scope = createScope();
    class Answers extends Service {
      name = "answers";
      override options = scope.options();
      @amqp("ask", { queueName: "ask", reply: true }) ask(): string {
        return "yes";
      }
    }
    await using running = await start(Answers);
    await using connection = createConnection();
    await connection.open();
    const channel = await connection.openChannel();
    const { queue } = await channel.assertQueue("", { durable: false, exclusive: true });
    const correlationId = decodeText(id);
    const options = { mandatory: true, rawProperties: undefined, replyTo: queue, correlationId };
    channel.publish("amq.topic", `${scope.prefix}ask`, Buffer.from("x"), options);
    const reply = await until(() => channel.get(queue), { what: "the reply" });
    expect(encodeText(reply.properties.correlationId ?? "")).toEqual(id);
    await running.stop();
  });
});
