/** The recipe of idempotency: the bank is asked again, and charges once. */
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createBank } from "../../examples/recipes/idempotency/bank.ts";
import { describeWithBroker, uniqueName } from "../support/broker.ts";
import { describeWithPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import { openRecipeBroker } from "./recipe-broker.ts";

describeWithBroker("the recipe of idempotency", () => {
  describeWithPostgres("with PostgreSQL", () => {
    let postgres: Postgres;
    beforeAll(async () => {
      postgres = await startPostgres();
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    /** A service, and a bank that counts how often each order is asked for. */
    async function open(answers: readonly number[] = []) {
      const broker = await openRecipeBroker();
      const { server, charged } = createBank(answers);
      const asked: string[] = [];
      server.on("request", ({ headers }) => asked.push(String(headers["idempotency-key"])));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => void server.close());
      const variables = {
        DATABASE_URL: await postgres.createDatabase(uniqueName("recipe")),
        BANK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      };
      const publish = (id: string, messageId: string) =>
        broker.publish(`order.${id}.placed`, JSON.stringify({ id, cents: 250 }), messageId);
      return { run: () => broker.run("idempotency/", variables), publish, broker, asked, charged };
    }

    it("charges once when the bank charges but does not answer", async () => {
      const { run, publish, asked, charged } = await open([500, 201]);
      const service = run();
      await service.says("service started");
      await publish("1", "message-1");
      await service.says("order 1 is paid");
      expect(await service.stop(), service.output).toBe(0);
      expect([asked, charged]).toEqual([["order-1", "order-1"], ["order-1"]]);
    });

    it("does not charge again for a copy that another instance gets later", async () => {
      const { run, publish, asked } = await open();
      const first = run();
      await first.says("service started");
      await publish("1", "message-1");
      await first.says("order 1 is paid");
      expect(await first.stop(), first.output).toBe(0);

      const second = run();
      await second.says("service started");
      await publish("1", "message-1");
      await publish("2", "message-2");
      await second.says("order 2 is paid");
      // The stop waits for both handlers.
      expect(await second.stop(), second.output).toBe(0);
      expect(asked).toEqual(["order-1", "order-2"]);
    });

    it("charges once for two messages about one order", async () => {
      const { run, publish, asked, charged } = await open();
      const service = run();
      await service.says("service started");
      await publish("1", "message-1");
      await publish("1", "message-2");
      await service.says("order 1 is paid", 2);
      expect(await service.stop(), service.output).toBe(0);
      expect([asked, charged]).toEqual([["order-1", "order-1"], ["order-1"]]);
    });

    it("dead-letters a payment at once that the bank refuses", async () => {
      const { run, publish, asked, broker } = await open([402]);
      const service = run();
      await service.says("service started");
      await publish("1", "message-1");
      const queue = "recipe-billing.charge:order.*.placed.dlq";
      await expect.poll(async () => (await broker.foreign.queueInfo(queue))?.messageCount, { timeout: 20_000 }).toBe(1);
      expect(await service.stop(), service.output).toBe(0);
      expect(asked).toEqual(["order-1"]);
    });
  });
});
