// Reply codes of a broker, explained in the message of the error that has them.
import { expect, it } from "vitest";
import { AmqpConnection } from "../../src/amqp-client/connection.ts";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { amqpUrl, describeWithBroker, uniqueName } from "../support/broker.ts";

async function open(): Promise<AmqpConnection> {
  const options = resolveConnectionOptions({ url: amqpUrl }, {});
  const connection = new AmqpConnection({
    options,
    name: uniqueName("c"),
    purpose: "consuming",
    logger: createSilentLogger(),
  });
  await connection.open();
  return connection;
}

describeWithBroker("a reply code", () => {
  it("is explained in the message, and the broker's own message is kept", async () => {
    const connection = await open();
    const name = uniqueName("q");
    await expect(connection.withChannel((channel) => channel.checkQueue(name))).rejects.toMatchObject({
      replyCode: 404,
      replyText: expect.stringMatching(/^NOT_FOUND - no queue '[^']+' in vhost '\/'$/),
      message: expect.stringMatching(
        /^NOT_FOUND - .* The exchange, queue or virtual host does not exist\. Check the name/,
      ),
    });
    await connection.withChannel((channel) => channel.assertQueue(name, { exclusive: true, durable: false }));
    const other = await open();
    await expect(other.withChannel((channel) => channel.checkQueue(name))).rejects.toMatchObject({
      replyCode: 405,
      message: expect.stringContaining("Another connection owns the queue exclusively."),
    });
    await expect(
      connection.withChannel((channel) =>
        channel.assertQueue(name, { exclusive: true, durable: false, arguments: { "x-max-length": 5 } }),
      ),
    ).rejects.toMatchObject({ replyCode: 406, message: expect.stringContaining("`tomodachi doctor <service>` shows") });
    await Promise.all([connection.close(), other.close()]);
  });
});
