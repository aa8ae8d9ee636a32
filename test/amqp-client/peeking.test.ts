// Looking into a queue without taking anything out of it.
import { expect, it } from "vitest";
import { peekQueue } from "../../src/amqp-client/peek.ts";
import { connectForeign, describeWithBroker, uniqueName } from "../support/broker.ts";
import { openConnection } from "./client.ts";

describeWithBroker("peekQueue", () => {
  it.each(["classic", "quorum"])("shows the messages of a %s queue, in order, and leaves them there", async (type) => {
    const queue = uniqueName("peeked");
    await using connection = await openConnection();
    await using foreign = await connectForeign();
    await foreign.channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": type } });
    expect(await peekQueue(connection, queue, 10)).toEqual([]);
    for (const [at, body] of ["a", "b", "c"].entries()) {
      await foreign.publish("", queue, body, { messageId: `m-${at}`, headers: { at }, contentType: "text/plain" });
    }
    for (const _look of [1, 2, 3]) {
      const messages = await peekQueue(connection, queue, 10);
      expect(messages?.map(({ content }) => content.toString())).toEqual(["a", "b", "c"]);
      expect(messages?.[1]).toMatchObject({
        exchange: "",
        routingKey: queue,
        headers: { at: 1 },
        properties: { messageId: "m-1", contentType: "text/plain" },
      });
      expect(await foreign.queueInfo(queue)).toEqual({ messageCount: 3, consumerCount: 0 });
    }
    const bodies = [await foreign.get(queue), await foreign.get(queue), await foreign.get(queue)];
    expect(bodies.map((message) => message?.content.toString())).toEqual(["a", "b", "c"]);
    for (const body of ["d", "e", "f"]) await foreign.publish("", queue, body);
    expect((await peekQueue(connection, queue, 2))?.map(({ content }) => content.toString())).toEqual(["d", "e"]);
    expect(await foreign.queueInfo(queue)).toMatchObject({ messageCount: 3 });
    await foreign.deleteQueue(queue);
  });

  it("reports that the queue does not exist", async () => {
    await using connection = await openConnection();
    expect(await peekQueue(connection, uniqueName("absent"), 10)).toBeUndefined();
    expect(connection.state).toBe("connected");
  });
});
