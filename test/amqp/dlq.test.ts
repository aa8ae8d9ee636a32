/** `tomodachi dlq`, as a process: its output, its replays, and that nothing is lost when it is killed. */
import type { GetMessage, Options } from "amqplib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { amqp, Service } from "../../src/index.ts";
import { type Ended, type Started, TemporaryProject } from "../cli/temporary-project.ts";
import {
  amqpUrl,
  connectForeign,
  describeWithBroker,
  type ForeignConnection,
  isPrivateBroker,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { createScope, start } from "../support/running.ts";

let project: TemporaryProject;
let foreign: ForeignConnection;

beforeAll(async () => {
  project = new TemporaryProject();
  if (amqpUrl !== undefined) foreign = await connectForeign();
});
afterAll(async () => {
  await foreign?.close();
  project.remove();
});

function begin(...words: readonly string[]): Started {
  return project.start(["dlq", ...words], { environment: { TOMODACHI_AMQP_URL: amqpUrl ?? "" } });
}

function dlq(...words: readonly string[]): Promise<Ended> {
  return begin(...words).ended;
}

/** A queue with its dead-letter queue, empty. */
async function makeQueues(): Promise<{ readonly queue: string; readonly dead: string }> {
  const queue = uniqueName("browser");
  const dead = `${queue}.dlq`;
  for (const name of [queue, dead]) {
    await foreign.channel.assertQueue(name, { durable: true, arguments: { "x-queue-type": "quorum" } });
  }
  return { queue, dead };
}

/** A dead letter in the form of the framework. */
function cause(queue: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    "x-tomodachi-reason": "handler-error",
    "x-tomodachi-error-class": "TypeError",
    "x-tomodachi-error-message": "it is undefined",
    "x-tomodachi-handler": "onPaid",
    "x-tomodachi-service": "orders",
    "x-tomodachi-attempts": 3,
    "x-tomodachi-started-at": new Date(Date.now() - 2 * 3_600_000 - 1000).toISOString(),
    "x-tomodachi-failed-at": new Date(Date.now() - 2 * 3_600_000).toISOString(),
    "x-tomodachi-exchange": "amq.topic",
    "x-tomodachi-routing-key": "order.paid",
    "x-tomodachi-queue": queue,
    ...more,
  };
}

async function fill(dead: string, queue: string, count: number, more: Options.Publish = {}): Promise<void> {
  const published = Array.from({ length: count }, (_, at) =>
    foreign.publish("", dead, String(at), { persistent: true, messageId: `m-${at}`, headers: cause(queue), ...more }),
  );
  await Promise.all(published);
}

async function bodiesOf(queue: string): Promise<number[]> {
  const bodies: number[] = [];
  for (let message = await foreign.get(queue); message; message = await foreign.get(queue)) {
    bodies.push(Number(message.content.toString()));
  }
  return bodies;
}

/** Without the count that RabbitMQ 3 adds to a message that is got, even if it is 0. */
function ownHeaders(message: GetMessage | undefined): string[] {
  const names = Object.keys(message?.properties.headers ?? {});
  return names.filter((name) => name !== "x-delivery-count").sort();
}

async function countOf(queue: string): Promise<number | undefined> {
  return (await foreign.queueInfo(queue))?.messageCount;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

async function remove(...queues: readonly string[]): Promise<void> {
  for (const queue of queues) await foreign.deleteQueue(queue);
}

describeWithBroker("tomodachi dlq", () => {
  it("lists the causes over all queues first, then each queue", async () => {
    const [one, two] = [await makeQueues(), await makeQueues()];
    await fill(one.dead, one.queue, 3);
    await fill(two.dead, two.queue, 2);
    const headers = cause(two.queue, { "x-tomodachi-reason": "timeout", "x-tomodachi-error-class": "Error" });
    await foreign.publish("", two.dead, "late", { persistent: true, headers });
    const words = ["list", "-q", one.dead, "-q", two.dead];
    const { stdout } = await dlq(...words);
    expect(stdout.split("\n").slice(0, 5)).toEqual([
      "6 dead letters in 2 queues, by cause",
      "       5  handler-error  TypeError  in 2 queues  newest 2 hours ago",
      "       1  timeout        Error      in 1 queue   newest 2 hours ago",
      "",
      `${one.dead}  3 messages, oldest 2 hours ago, newest 2 hours ago`,
    ]);
    const coloured = await project.run(["dlq", ...words], {
      environment: { TOMODACHI_AMQP_URL: amqpUrl ?? "", NO_COLOR: "", FORCE_COLOR: "1" },
    });
    expect(coloured.stdout).toContain("\u001b[31mhandler-error\u001b[39m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    expect(coloured.stdout.replaceAll(/\u001b\[\d+m/g, "")).toBe(stdout);
    await remove(one.queue, one.dead, two.queue, two.dead);
  });

  it("moves a message with large headers completely, also the first one", async () => {
    const { queue, dead } = await makeQueues();
    const headers = cause(queue, { large: "l".repeat(20_000) });
    await foreign.publish("", dead, "x", { persistent: true, headers });
    expect(await dlq("move", "-q", dead, "--to", queue)).toMatchObject({ code: 0 });
    expect((await foreign.get(queue))?.properties.headers?.["large"]).toHaveLength(20_000);
    await remove(queue, dead);
  });

  it("lists how many messages exist, how old they are, and why they failed", async () => {
    const { queue, dead } = await makeQueues();
    await fill(dead, queue, 3);
    const late = new Date(Date.now() - 60_000).toISOString();
    const headers = cause(queue, {
      "x-tomodachi-reason": "timeout",
      "x-tomodachi-error-class": "Error",
      "x-tomodachi-error-code": "ETIMEDOUT",
      "x-tomodachi-error-message": "no answer\nfrom the bank",
      "x-tomodachi-failed-at": late,
    });
    await foreign.publish("", dead, "3", { persistent: true, headers });
    const { code, stdout, stderr } = await dlq("list", "-q", dead);
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toEqual([
      `${dead}  4 messages, oldest 2 hours ago, newest 1 minute ago`,
      "       3  handler-error  TypeError          in onPaid  it is undefined",
      "       1  timeout        Error [ETIMEDOUT]  in onPaid  no answer from the bank",
      "",
    ]);
    expect(code).toBe(0);
    const json = JSON.parse((await dlq("list", "-q", queue, "--json", "--newer-than", "1h")).stdout) as object;
    expect(json).toMatchObject({
      queue: dead,
      exists: true,
      messages: 1,
      oldest: late,
      kinds: [{ reason: "timeout", errorCode: "ETIMEDOUT", latestAt: late }],
    });
    expect(await bodiesOf(dead)).toEqual(upTo(4));
    await remove(queue, dead);
  });

  it("shows a message with its cause and its body", async () => {
    const { queue, dead } = await makeQueues();
    const headers = cause(queue, {
      tenant: "acme",
      "x-tomodachi-error-message": "it is undefined\nand so is that",
      "x-tomodachi-error-stack": [
        "TypeError: it is undefined",
        "    at fail (/srv/node_modules/lib/index.js:1:1)",
        "    at Orders.onPaid (/srv/orders.ts:7:11)",
      ].join("\n"),
      long: "l".repeat(500),
    });
    const json = { contentType: "application/json", messageId: "one", headers };
    await foreign.publish("", dead, '{"order":{"id":7}}', json);
    await foreign.publish("", dead, Buffer.from([0, 1, 0xff, 0x41]), { messageId: "two", headers: cause(queue) });
    const { code, stdout } = await dlq("show", "-q", dead);
    expect(stdout).toMatch(/^#1 {2}id one, failed 2 hours ago \(\d{4}-/m);
    for (const line of [
      "    reason     handler-error after 3 attempts",
      "    error      TypeError: it is undefined",
      "               and so is that",
      "    thrown     Orders.onPaid (/srv/orders.ts:7:11)",
      `    header     long: ${"l".repeat(297)}...`,
      "    handler    orders.onPaid",
      "    published  amq.topic, key order.paid",
      `    queue      ${queue}`,
      "    header     tenant: acme",
      "    body       18 bytes, application/json",
      '          "id": 7',
      "      000000  00 01 ff 41                                      ...A",
      `2 of 2 messages in ${dead}`,
    ]) {
      expect(stdout.split("\n")).toContain(line);
    }
    expect(code).toBe(0);
    const lines = (await dlq("show", "-q", dead, "--id", "two", "--json")).stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { id: "two", errorClass: "TypeError", attempts: 3, queue, bodyBase64: "AAH/QQ==" },
    ]);
    const absent = await dlq("show", "-q", dead, "--id", "three");
    expect(absent).toMatchObject({
      code: 1,
      stderr:
        'tomodachi: No dead letter here has the id "three". The beginning of an id needs at least 8 characters. (ERR_DEAD_LETTER_NOT_THERE)\n',
    });
    await remove(queue, dead);
  });

  it("takes the beginning of an id, and changes nothing if several ids begin so", async () => {
    const { queue, dead } = await makeQueues();
    const ids = [
      "33ddd27d-0001",
      "33ddd27d-0002",
      "7f1c0a52-0001",
      "7f1c0a52",
      "5b5b5b5b-1",
      "6c6c6c6c-1",
      "8d8d8d8d-1",
    ];
    for (const messageId of ids) {
      await foreign.publish("", dead, "1", { persistent: true, messageId, headers: cause(queue) });
    }
    const several = '--id "33ddd27d" is the beginning of 2 ids: 33ddd27d-0001, 33ddd27d-0002. Nothing was changed.';
    for (const words of [["show"], ["replay"], ["export"], ["move", "--to", queue], ["purge", "--yes"]]) {
      const { code, stdout, stderr } = await dlq(...words, "-q", dead, "--id", "33ddd27d", "--id", "5b5b5b5b");
      expect({ code, stdout }, words.join(" ")).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(several);
    }
    for (const word of ["5b5b5b5", "00000000"]) {
      const absent = await dlq("purge", "-q", dead, "--yes", "--id", word);
      expect(absent.code).toBe(1);
      expect(absent.stderr).toContain(`tomodachi: No dead letter here has the id "${word}". `);
      expect(absent.stderr).toContain(word.length < 8 ? "needs at least 8 characters" : "prints the ids");
    }
    expect([await countOf(dead), await countOf(queue)]).toEqual([7, 0]);
    // A whole id comes before the beginning of another.
    expect((await dlq("show", "-q", dead, "--id", "7f1c0a52")).stdout).toMatch(/^1 of 7 messages/m);
    expect((await dlq("show", "-q", dead, "--id", "5b5b5b5b")).stdout).toContain("id 5b5b5b5b-1");
    expect((await dlq("export", "-q", dead, "--id", "5b5b5b5b")).stdout).toContain('"5b5b5b5b-1"');
    const replayed = await dlq("replay", "-q", dead, "--id", "5b5b5b5b");
    expect(replayed).toMatchObject({ code: 0, stdout: `${dead}  1 replayed to ${queue}, 6 left\n` });
    const moved = await dlq("move", "-q", dead, "--id", "6c6c6c6c", "--to", queue);
    expect(moved).toMatchObject({ code: 0, stdout: `${dead}  1 moved to ${queue}, 5 left\n` });
    const deleted = await dlq("purge", "-q", dead, "--id", "8d8d8d8d", "--yes");
    expect(deleted).toMatchObject({ code: 0, stdout: `${dead}  1 deleted, 4 left\n` });
    await remove(queue, dead);
  });

  it("replays to the queue that failed, in order, with a mark and without the old cause", async () => {
    const { queue, dead } = await makeQueues();
    await fill(dead, queue, 50, { priority: 3, headers: cause(queue, { tenant: "acme" }) });
    const { code, stdout } = await dlq("replay", "-q", dead);
    expect(stdout).toBe(`${dead}  50 replayed to ${queue}\n`);
    expect(code).toBe(0);
    const first = await foreign.get(queue);
    const { headers = {}, messageId, priority, deliveryMode } = first?.properties ?? {};
    expect({ messageId, priority, deliveryMode }).toEqual({ messageId: "m-0", priority: 3, deliveryMode: 2 });
    const origin = ["x-tomodachi-exchange", "x-tomodachi-routing-key"];
    expect(ownHeaders(first)).toEqual(["tenant", ...origin, "x-tomodachi-replay", "x-tomodachi-replays"].sort());
    expect(headers).toMatchObject({ "x-tomodachi-exchange": "amq.topic", "x-tomodachi-routing-key": "order.paid" });
    expect(headers["x-tomodachi-replay"]).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(headers["x-tomodachi-replays"]).toEqual([
      expect.stringMatching(/^\S+Z after 3 attempts, handler-error TypeError \(orders\.onPaid\)$/),
    ]);
    const second = await foreign.get(queue);
    expect(second?.properties.headers?.["x-tomodachi-replay"]).not.toBe(headers["x-tomodachi-replay"]);
    expect(await bodiesOf(queue)).toEqual(upTo(50).slice(2));
    expect(await countOf(dead)).toBe(0);
    await remove(queue, dead);
  });

  it("replays the selected messages, and keeps the rest in order", async () => {
    const { queue, dead } = await makeQueues();
    for (const at of upTo(100)) {
      const headers = cause(queue, { "x-tomodachi-error-class": at % 4 === 0 ? "DatabaseError" : "TypeError" });
      await foreign.publish("", dead, String(at), { persistent: true, headers });
    }
    const dry = await dlq("replay", "-q", dead, "--error", "database*", "--limit", "20", "--dry-run");
    expect(dry).toMatchObject({ code: 0, stdout: `${dead}  20 would be replayed to ${queue}, 80 left\n` });
    expect(await countOf(queue)).toBe(0);
    const done = await dlq("replay", "-q", dead, "--error", "database*", "--limit", "20");
    expect(done).toMatchObject({ code: 0, stdout: `${dead}  20 replayed to ${queue}, 80 left\n` });
    expect(await bodiesOf(queue)).toEqual(upTo(80).filter((at) => at % 4 === 0));
    expect(await bodiesOf(dead)).toEqual(upTo(100).filter((at) => at >= 80 || at % 4 !== 0));
    const none = await dlq("replay", "-q", dead);
    expect(none).toMatchObject({ code: 0, stdout: "There are no dead letters here.\n" });
    await remove(queue, dead);
  });

  it("replays a message that the broker dead-lettered to the queue where it was", async () => {
    const { queue, dead } = await makeQueues();
    await remove(queue);
    const args = { "x-queue-type": "quorum", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead };
    await foreign.channel.assertQueue(queue, { durable: true, arguments: args });
    await foreign.publish("", queue, "died", { persistent: true, messageId: "d" });
    const message = await foreign.channel.get(queue);
    if (message) foreign.channel.nack(message, false, false);
    await until(async () => (await countOf(dead)) === 1, { what: "the broker's dead letter" });
    // Repeated until its copy for the end of its queue has been made.
    for (let look = 1; look <= 7; look++) {
      const { stdout } = await dlq("show", "-q", dead);
      expect(stdout).toContain("reason     rejected");
      expect(stdout).toContain(`death      1 x rejected in ${queue}`);
    }
    expect(await dlq("replay", "-q", dead)).toMatchObject({ code: 0, stdout: `${dead}  1 replayed to ${queue}\n` });
    const back = await foreign.get(queue);
    expect(back?.content.toString()).toBe("died");
    const origin = ["x-tomodachi-exchange", "x-tomodachi-routing-key"];
    expect(ownHeaders(back)).toEqual([...origin, "x-tomodachi-replay", "x-tomodachi-replays"].sort());
    await remove(queue, dead);
  });

  it("keeps messages without a target queue, says so, and moves them elsewhere", async () => {
    const { queue, dead } = await makeQueues();
    await fill(dead, `${queue}.gone`, 5);
    await foreign.publish("", dead, "5", { persistent: true });
    for (const flags of [["--dry-run"], []]) {
      const { code, stdout } = await dlq("replay", "-q", dead, ...flags);
      expect(stdout).toMatch(/^ {7}5 {2}stayed: there is no queue ".*\.gone"; `tomodachi dlq move --to <queue>`/m);
      expect(stdout).toMatch(/^ {7}1 {2}stayed: its headers do not say where it failed/m);
      expect(code).toBe(1);
    }
    const absent = await dlq("move", "-q", dead, "--to", `${queue}.gone`);
    expect(absent).toMatchObject({ code: 1, stdout: "" });
    expect(absent.stderr).toContain(`There is no queue "${queue}.gone" to move to`);
    expect(await dlq("move", "-q", dead, "--to", queue)).toMatchObject({
      code: 0,
      stdout: `${dead}  6 moved to ${queue}\n`,
    });
    const moved = await foreign.get(queue);
    expect(moved?.properties.headers).toMatchObject({ "x-tomodachi-reason": "handler-error" });
    expect(await bodiesOf(queue)).toEqual(upTo(6).slice(1));
    await remove(queue, dead);
  });

  it("deletes only after a second confirmation", async () => {
    const { queue, dead } = await makeQueues();
    await fill(dead, queue, 10);
    const asked = await dlq("purge", "-q", dead);
    expect(asked).toMatchObject({ code: 2, stdout: "" });
    expect(asked.stderr).toContain("Add --yes");
    expect(await dlq("purge", "-q", dead, "--older-than", "3h", "--yes")).toMatchObject({
      code: 0,
      stdout: `${dead}  0 deleted, 10 left\nNone of 10 dead letters matched.\n`,
    });
    expect(await dlq("purge", "-q", dead, "--limit", "4", "-y")).toMatchObject({ code: 0 });
    expect(await bodiesOf(dead)).toEqual(upTo(10).slice(4));
    await remove(queue, dead);
  });

  it("does not replay a message twice if it fails again during the replay", async () => {
    const scope = createScope();
    const seen: string[] = [];
    class Failing extends Service {
      name = "failing";
      override options = scope.options();
      @amqp("never", { queueName: "failing" })
      fail(body: string) {
        seen.push(body);
        throw new RangeError("again");
      }
    }
    const [queue, dead] = [`${scope.prefix}failing`, `${scope.prefix}failing.dlq`];
    await using running = await start(Failing);
    void running;
    await fill(dead, queue, 60);
    const { code, stdout } = await dlq("replay", "-q", dead, "--rate", "400/s");
    expect(stdout).toBe(`${dead}  60 replayed to ${queue}\n`);
    expect(code).toBe(0);
    await until(async () => (await countOf(dead)) === 60, { what: "all back in the dead-letter queue" });
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(upTo(60));
    const shown = JSON.parse((await dlq("show", "-q", dead, "--limit", "1", "--json")).stdout) as object;
    expect(shown).toMatchObject({ errorClass: "RangeError", replays: [expect.stringContaining("TypeError")] });
    await running.stop();
    await remove(queue, dead);
  });

  it.each([
    { signal: "SIGKILL", most: 32 },
    { signal: "SIGINT", most: 0 },
  ] as const)("loses nothing when $signal ends the command in the middle", async ({ signal, most }) => {
    const { queue, dead } = await makeQueues();
    // At this rate the rest takes five seconds: the signal comes in the middle on a slow machine too.
    const all = 1600;
    await fill(dead, queue, all);
    const replay = begin("replay", "-q", dead, "--rate", "300/s", "--older-than", "1h");
    await until(async () => ((await countOf(queue)) ?? 0) >= 100, { what: "100 replayed" });
    replay.child.kill(signal);
    const { stdout, stderr } = await replay.ended;
    await until(async () => (await foreign.queueInfo(dead))?.consumerCount === 0, { what: "its consumer to be gone" });
    const replayed = await bodiesOf(queue);
    const left: number[] = [];
    const collect = async (): Promise<boolean> => {
      left.push(...(await bodiesOf(dead)));
      return new Set([...replayed, ...left]).size === all;
    };
    await until(collect, { what: "every message in one of the queues" });
    expect(replayed.length).toBeLessThan(all);
    expect(replayed.length + left.length - all).toBeLessThanOrEqual(most);
    if (signal === "SIGINT") {
      expect(stdout).toContain("ended early: it was interrupted");
      expect(stderr).toContain("Press again to stop at once");
    }
    await remove(queue, dead);
  });

  it("does not report a message as missing if it was interrupted before it reached it", async () => {
    const { queue, dead } = await makeQueues();
    await fill(dead, queue, 10);
    const replay = begin("replay", "-q", dead, "--id", "m-0", "--id", "m-9", "--rate", "0.1/s");
    await until(async () => (await countOf(queue)) === 1, { what: "the first" });
    replay.child.kill("SIGINT");
    const { code, stdout, stderr } = await replay.ended;
    expect(code).toBe(1);
    expect(stdout).toBe(`${dead}  1 replayed to ${queue}, 9 left\n  ended early: it was interrupted\n`);
    expect(stderr).not.toContain("No dead letter here has the id");
    await until(async () => (await countOf(dead)) === 9, { what: "what the command held to be back" });
    expect(await bodiesOf(dead)).toEqual(upTo(10).slice(1));
    await remove(queue, dead);
  });

  it.skipIf(!isPrivateBroker)("reports a cut connection, and loses nothing", async () => {
    const { queue, dead } = await makeQueues();
    await fill(dead, queue, 300);
    // Slow enough to last until a slow rabbitmqctl has found the connection and closed it.
    const replay = begin("replay", "-q", dead, "--rate", "5/s");
    await until(async () => ((await countOf(queue)) ?? 0) >= 20, { what: "20 replayed" });
    await operator().closeConnectionsOf("tomodachi dlq");
    const { code, stdout, stderr } = await replay.ended;
    expect(code).toBe(1);
    expect(stderr).toContain("Run the command again for the rest");
    expect(stdout).toMatch(/ replayed to /);
    const rest = await dlq("replay", "-q", dead);
    expect(rest.code).toBe(0);
    const bodies = await bodiesOf(queue);
    expect([...new Set(bodies)].sort((a, b) => a - b)).toEqual(upTo(300));
    expect(bodies.length).toBeLessThanOrEqual(332);
    await remove(queue, dead);
  });

  it("takes queues and broker from a service without starting it", async () => {
    const prefix = uniqueName("svc");
    project.write({
      "service.ts": `import { amqp, Service } from "tomodachi";
export class Orders extends Service {
  name = "orders";
  options = { amqp: { url: ${JSON.stringify(amqpUrl)}, queueNamePrefix: "${prefix}." } };
  startService() { throw new Error("started"); }
  @amqp("order.paid", { queueName: "paid" }) paid() {}
  @amqp("order.sent") sent() {}
}`,
    });
    const dead = `${prefix}.paid.dlq`;
    await foreign.channel.assertQueue(dead, { durable: true, arguments: { "x-queue-type": "quorum" } });
    await fill(dead, `${prefix}.paid`, 2);
    const run = (...words: readonly string[]): Promise<Ended> => project.run(["dlq", ...words]);
    const { code, stdout, stderr } = await run("list", "service.ts");
    expect(stderr).toBe("");
    expect(stdout).toContain(`${dead}  2 messages, oldest 2 hours ago`);
    expect(stdout).toContain(`${prefix}.orders.sent:order.sent.dlq  does not exist: its service creates it`);
    expect(stdout).not.toContain("lost");
    expect(code).toBe(0);
    const json = async (...words: readonly string[]): Promise<object[]> => {
      const lines = (await run("list", "service.ts", "--json", ...words)).stdout.trim().split("\n");
      return lines.map((line) => JSON.parse(line) as object);
    };
    expect(await json("--queue", "*paid")).toMatchObject([{ queue: dead, exists: true, messages: 2 }]);
    const absent = { queue: `${prefix}.orders.sent:order.sent.dlq`, exists: false, messages: 0 };
    expect(await json()).toMatchObject([absent, { queue: dead }]);
    const wrong = await run("list", "service.ts", "--queue", "nothing*");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain(`They have: ${dead}, `);
    await remove(dead);
  });

  it("reports a queue that does not exist", async () => {
    const name = uniqueName("absent");
    const { code, stdout, stderr } = await dlq("replay", "--queue", name);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain(`There is no queue "${name}.dlq" on this broker`);
  });
});
