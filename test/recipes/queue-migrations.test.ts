/** The recipe of migrations: messages arrive all the time, and each is handled. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { describeWithBroker, until } from "../support/broker.ts";
import { countOf, openRecipeBroker } from "./recipe-broker.ts";

/** A message as JsonBase reads it. */
function messageOf(id: string, topic: string): string {
  return JSON.stringify({
    service: { name: "publisher", uuid: randomUUID() },
    metadata: {
      message_uuid: randomUUID(),
      protocol_version: "tomodachi-json-base--1.0.0",
      compatible_protocol_versions: ["json_base-wip"],
      timestamp: Date.now() / 1000,
      topic,
      data_encoding: "raw",
    },
    data: { id },
  });
}

describeWithBroker("the recipe of migrations", () => {
  it("handles every message while version 2 replaces version 1 and version 3 replaces version 2", async () => {
    const broker = await openRecipeBroker();
    const published: string[] = [];
    const publish = async (key: (id: string) => string) => {
      const id = String(published.length + 1);
      published.push(id);
      await broker.publish(key(id), messageOf(id, key(id)));
    };
    const [old, renamed] = [() => "order.paid", (id: string) => `order.${id}.paid`];

    const v1 = broker.run("queue-migrations/v1/");
    await v1.says("service started");
    for (let count = 0; count < 20; count++) await publish(old);
    const v2 = broker.run("queue-migrations/v2/");
    // The start of version 2 changes the bindings in between.
    const started = v2.says("service started").then(() => true);
    while (!(await Promise.race([started, publish(old)])));
    for (let count = 0; count < 10; count++) await publish(count % 2 === 0 ? old : renamed);
    expect(await v1.stop(), v1.output).toBe(0);
    for (let count = 0; count < 10; count++) await publish(renamed);

    const v3 = broker.run("queue-migrations/v3/");
    const ready = v3.says("service started").then(() => true);
    while (!(await Promise.race([ready, publish(renamed)])));
    const handled = (id: string) =>
      [v1, v2, v3].reduce((sum, run, at) => sum + countOf(run, `v${at + 1}: order ${id} is paid`), 0);
    await until(() => published.every((id) => handled(id) > 0), {
      what: "every message to be handled",
      timeoutMs: 30_000,
    });
    for (const run of [v2, v3]) expect(await run.stop(), run.output).toBe(0);

    expect(countOf(v1, "v1: order 1 is paid")).toBe(1);
    const returned: string[] = [];
    broker.foreign.channel.on("return", ({ fields }) => returned.push(fields.routingKey));
    const publishMandatory = (key: string) => broker.foreign.publish("amq.topic", key, "{}", { mandatory: true });
    await publishMandatory("order.paid");
    await publishMandatory("order.1.paid");
    expect(returned).toEqual(["order.paid"]);
    const deleted = await broker.foreign.channel.deleteQueue("orders", { ifUnused: true, ifEmpty: true });
    expect(deleted.messageCount).toBe(0);
  });
});
