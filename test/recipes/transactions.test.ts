/** The recipe of transactions: the process is killed at each point where half of the work could be lost or done twice. */
import pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { describeWithBroker, uniqueName, until } from "../support/broker.ts";
import { describeWithPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import { openRecipeBroker } from "./recipe-broker.ts";

const order = JSON.stringify({ id: "1", total: 12.5 });
const services = 2;

/** A trigger that waits for a lock of the test, so that the process can be killed at this very statement. */
const hold = `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN coalesce(NEW, OLD); END $$`;
const atInsert = "CREATE TRIGGER held BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION hold()";
const atCommit =
  "CREATE CONSTRAINT TRIGGER held AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold()";
const atDelete = "CREATE TRIGGER held BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION hold()";

describeWithBroker("the recipe of transactions", () => {
  describeWithPostgres("with PostgreSQL", () => {
    let postgres: Postgres;
    beforeAll(async () => {
      postgres = await startPostgres();
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    async function openDatabase() {
      const url = await postgres.createDatabase(uniqueName("recipe"));
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      onTestFinished(() => client.end());
      const count = async (table: string) =>
        Number((await client.query(`SELECT count(*) FROM ${table}`)).rows[0].count);
      return { url, client, count };
    }

    it.each([
      ["before the commit", "orders", atInsert, undefined, "order 1 was placed"],
      ["between the commit and the acknowledgement", "orders", atCommit, undefined, "order 1 was placed before"],
      [
        "between a confirm and the end of its row",
        "outbox",
        atDelete,
        "order 1 is shipped",
        "order 1 was shipped before",
      ],
    ])("does everything once when it is killed %s", async (_where, table, trigger, before, after) => {
      const broker = await openRecipeBroker();
      const { url, client, count } = await openDatabase();
      const first = broker.run("transactions/", { DATABASE_URL: url });
      await first.says("service started", services);
      await client.query(`${hold}; ${trigger}; SELECT pg_advisory_lock(1)`);
      await broker.publish("order.wanted", order, "wish-1");
      const waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
      await until(async () => (await client.query(waiting)).rowCount === 1, {
        what: "the service to be at this point",
      });
      if (before) await first.says(before);
      first.child.kill("SIGKILL");
      await first.ended;
      // The second statement waits until the server has finished what the dead client began.
      await client.query("SELECT pg_advisory_unlock(1)");
      await client.query(`DROP TRIGGER held ON ${table}`);

      const second = broker.run("transactions/", { DATABASE_URL: url });
      await second.says(after);
      await until(async () => (await count("shipments")) > 0 && (await count("outbox")) === 0, {
        what: "the shipment",
      });
      expect(await second.stop(), second.output).toBe(0);
      expect([await count("orders"), await count("shipments")]).toEqual([1, 1]);
      for (const queue of ["recipe-orders.place:order.wanted", "recipe-shipping.ship:order.*.placed"]) {
        const info = [await broker.foreign.queueInfo(queue), await broker.foreign.queueInfo(`${queue}.dlq`)];
        expect(info.map((one) => one?.messageCount)).toEqual([0, 0]);
      }
    });

    it("handles two copies once when two instances get them at the same time", async () => {
      const broker = await openRecipeBroker();
      const { url, client, count } = await openDatabase();
      const both = [1, 2].map(() => broker.run("transactions/", { DATABASE_URL: url }));
      for (const one of both) await one.says("service started", services);
      await client.query(`${hold}; ${atInsert}; SELECT pg_advisory_lock(1)`);
      await broker.publish("order.wanted", order, "wish-1");
      await broker.publish("order.wanted", order, "wish-1");
      // One waits for the lock of the test, the other one in its INSERT into the inbox.
      const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted";
      await until(async () => ((await client.query(waiting)).rowCount ?? 0) >= 2, {
        what: "both instances to wait",
        timeoutMs: 30_000,
      });
      await client.query("SELECT pg_advisory_unlock(1)");
      await until(() => both.some(({ output }) => output.includes("was placed before")), {
        what: "the second copy",
        timeoutMs: 30_000,
      });
      await until(async () => (await count("shipments")) > 0 && (await count("outbox")) === 0, {
        what: "the shipment",
      });
      for (const one of both) expect(await one.stop(), one.output).toBe(0);
      expect([await count("orders"), await count("shipments")]).toEqual([1, 1]);
    });

    it("publishes the other rows when one row cannot be published", async () => {
      const broker = await openRecipeBroker();
      const { url, client, count } = await openDatabase();
      const run = broker.run("transactions/", { DATABASE_URL: url });
      await run.says("service started", services);
      await client.query("INSERT INTO outbox (routing_key, data) VALUES (repeat('a', 300), '1')");
      await broker.publish("order.wanted", order, "wish-1");
      await run.says("order 1 is shipped");
      await until(async () => (await count("outbox WHERE tries > 0")) === 1, {
        what: "the row that cannot be published",
      });
      expect(await run.stop(), run.output).toBe(0);
      expect(await count("outbox")).toBe(1);
    });
  });
});
