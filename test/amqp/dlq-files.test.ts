// Dead letters as files, and dead letters that are changed by hand: `tomodachi dlq export`, `import` and `replay --edit`.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AmqpConnection } from "../../src/amqp-client/connection.ts";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { Publisher } from "../../src/amqp-client/publisher.ts";
import { readHeaderEntries } from "../../src/amqp-client/session/copy-properties.ts";
import { ByteWriter } from "../../src/amqp-wire/byte-writer.ts";
import { type FieldTable, type FieldValue, writeTable } from "../../src/amqp-wire/field-table.ts";
import { DeadLetterBrowser, type DeadLetterEntry } from "../../src/dead-letters/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { type Ended, TemporaryProject } from "../cli/temporary-project.ts";
import { amqpUrl, connectForeign, describeWithBroker, type ForeignConnection, uniqueName } from "../support/broker.ts";

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

function dlq(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return project.run(["dlq", ...words], { environment: { TOMODACHI_AMQP_URL: amqpUrl ?? "", ...environment } });
}

async function makeQueues(): Promise<{ readonly queue: string; readonly dead: string }> {
  const queue = uniqueName("files");
  const dead = `${queue}.dlq`;
  for (const name of [queue, dead]) {
    await foreign.channel.assertQueue(name, { durable: true, arguments: { "x-queue-type": "quorum" } });
  }
  return { queue, dead };
}

async function remove(...queues: readonly string[]): Promise<void> {
  for (const queue of queues) await foreign.deleteQueue(queue);
}

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);

/** A value of every type that a field table can have. */
const everyType: readonly FieldValue[] = [
  { type: "t", value: true },
  { type: "t", value: false },
  { type: "b", value: -128 },
  { type: "B", value: 255 },
  { type: "s", value: -32_768 },
  { type: "u", value: 65_535 },
  { type: "I", value: -(2 ** 31) },
  { type: "i", value: 2 ** 32 - 1 },
  { type: "l", value: -(2n ** 63n) },
  { type: "l", value: 2n ** 63n - 1n },
  { type: "f", value: 0.5 },
  { type: "d", value: -1e300 },
  { type: "D", scale: 2, value: 199 },
  { type: "S", value: Buffer.from("grüße\u0000 🐇") },
  { type: "S", value: bytes(0xff, 0xfe, 0) },
  { type: "x", value: bytes(0, 1, 0xff) },
  { type: "T", value: 2n ** 40n },
  { type: "V" },
];

/** Properties with every header type, by name, in a list and in a table; byte for byte. */
function rawProperties(queue: string): Buffer {
  const own: FieldTable = new Map<string, FieldValue>([
    ["x-tomodachi-reason", { type: "S", value: Buffer.from("handler-error") }],
    ["x-tomodachi-queue", { type: "S", value: Buffer.from(queue) }],
    ...everyType.map((value, at) => [`${value.type}${at}`, value] as const),
    ["list", { type: "A", value: everyType }],
    ["table", { type: "F", value: new Map(everyType.map((value, at) => [String(at), value] as const)) }],
    ["", { type: "S", value: Buffer.from("a name without a character") }],
    ["__proto__", { type: "S", value: Buffer.from("a name like any other") }],
  ]);
  const writer = new ByteWriter();
  // Content type, headers, delivery mode, message id, timestamp.
  writer.uint16(0x8000 | 0x2000 | 0x1000 | 0x0080 | 0x0040);
  writer.shortString("application/x-odd");
  writeTable(writer, own);
  writer.uint8(2);
  writer.shortString("every-type");
  writer.uint64(1_700_000_000);
  return writer.cut();
}

/** Publishes bytes as they are. */
async function publishRaw(queue: string, properties: Buffer, content: Buffer): Promise<void> {
  const logger = createSilentLogger();
  const options = resolveConnectionOptions({ url: amqpUrl }, {});
  const connection = new AmqpConnection({ options, name: "raw", purpose: "publishing", logger });
  await connection.open();
  const limits = { maxUnconfirmedMessages: 10, maxUnconfirmedBytes: 1e6, maxMessageBytes: 1e6 };
  const publisher = new Publisher({
    connection,
    logger,
    ...limits,
    publishTimeoutSeconds: 10,
    republishUnknown: false,
  });
  const message = { exchange: "", routingKey: queue, mandatory: true, content };
  await publisher.publishCopy({ ...message, properties: { messageId: "every-type" }, rawProperties: properties });
  await publisher.close();
  await connection.close();
}

/** All messages of a queue, without taking them out. */
async function entriesOf(queue: string): Promise<readonly DeadLetterEntry[]> {
  const browser = new DeadLetterBrowser(resolveConnectionOptions({ url: amqpUrl }, {}), createSilentLogger());
  const entries: DeadLetterEntry[] = [];
  try {
    await browser.open();
    const { signal } = new AbortController();
    const done = (entry: DeadLetterEntry): void => void entries.push(entry);
    await browser.work({ queue, action: { kind: "look" }, signal, matches: () => true, done });
  } finally {
    await browser.close();
  }
  return entries;
}

/**
 * Body, properties and each header with its type letter, without what a quorum queue counts. In the order of their names: a quorum queue
 * of RabbitMQ 3.10 sorts the headers of a message that it delivers again.
 */
function octetsOf({ message }: DeadLetterEntry): object {
  const raw = message.rawProperties ?? Buffer.alloc(0);
  const { entries, complete } = readHeaderEntries(raw);
  const kept = entries.filter(({ name }) => name !== "x-delivery-count" && name !== "x-acquired-count");
  return {
    body: message.content.toString("hex"),
    properties: message.properties,
    headers: kept.map(({ name, value }): readonly [string, string] => [name, value.toString("hex")]).sort(byName),
    complete,
  };
}

function byName([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return one < other ? -1 : Number(one > other);
}

describeWithBroker("tomodachi dlq export and import", () => {
  it("keep every byte of a message: its body, its properties, and headers of every type", async () => {
    const { queue, dead } = await makeQueues();
    await publishRaw(dead, rawProperties(queue), bytes(0, 0xff, 0x0a, 0x0d));
    const [before] = (await entriesOf(dead)).map(octetsOf);
    const file = join(project.folder, `${dead}.ndjson`);
    const exported = await dlq(["export", "-q", dead, "-o", file]);
    expect(exported).toMatchObject({ code: 0, stdout: "", stderr: `${dead}  1 message exported\n` });
    expect(await entriesOf(dead)).toHaveLength(1);
    expect((await dlq(["purge", "-q", dead, "--yes"])).code).toBe(0);
    expect(await dlq(["import", file])).toMatchObject({
      code: 0,
      stdout: `${file}  1 imported to ${dead}\n`,
      stderr: "",
    });
    const after = await entriesOf(dead);
    expect(after.map(octetsOf)).toEqual([before]);
    expect(after[0]).toMatchObject({ id: "every-type", reason: "handler-error", queue });
    // It is still a dead letter of its queue.
    expect(await dlq(["replay", "-q", dead])).toMatchObject({ stdout: `${dead}  1 replayed to ${queue}\n` });
    await remove(queue, dead);
  });

  it("show a message with headers of every type", async () => {
    const { queue, dead } = await makeQueues();
    await publishRaw(dead, rawProperties(queue), Buffer.from("x"));
    const shown = await dlq(["show", "-q", dead]);
    expect(shown.stderr).toBe("");
    expect(shown.stdout).toContain("header     l9: 9223372036854775807");
    const json = JSON.parse((await dlq(["show", "-q", dead, "--json"])).stdout) as { headers: Record<string, unknown> };
    expect(json.headers).toMatchObject({ l8: "-9223372036854775808", V17: null, D12: { "!": "decimal" } });
    await remove(queue, dead);
  });

  it("export the selected messages in order, and import them into another queue", async () => {
    const { queue, dead } = await makeQueues();
    for (let at = 0; at < 250; at++) {
      const headers = { "x-tomodachi-queue": queue, "x-tomodachi-error-class": at % 2 === 0 ? "TypeError" : "Error" };
      await foreign.publish("", dead, String(at), { persistent: true, messageId: `m-${at}`, headers });
    }
    const { stdout } = await dlq(["export", "-q", dead, "--error", "TypeError"]);
    const lines = stdout.trim().split("\n");
    expect(lines).toHaveLength(125);
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ queue: dead, id: "m-2", error: "TypeError" });
    const file = join(project.folder, "some.ndjson");
    writeFileSync(file, `${stdout}\n\n`);
    const dry = await dlq(["import", file, "--to", queue, "--dry-run"]);
    expect(dry).toMatchObject({ code: 0, stdout: `${file}  125 would be imported to ${queue}\n` });
    expect((await foreign.queueInfo(queue))?.messageCount).toBe(0);
    const json = await dlq(["import", file, "--to", queue, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ action: "import", done: { [queue]: 125 }, stayedCount: 0 });
    expect((await entriesOf(queue)).map(({ id }) => id)).toEqual(
      lines.map((line) => (JSON.parse(line) as { id: string }).id),
    );
    await remove(queue, dead);
  });

  it("import nothing of a file with one wrong line, and do not overwrite a file", async () => {
    const { queue, dead } = await makeQueues();
    await foreign.publish("", dead, "x", { persistent: true, messageId: "m" });
    const file = join(project.folder, "wrong.ndjson");
    const good = (await dlq(["export", "-q", dead])).stdout.trim();
    const member = (change: object): string => JSON.stringify({ ...(JSON.parse(good) as object), ...change });
    for (const [line, why] of [
      ["{", "it is not JSON"],
      ["[]", "it has no format, so `tomodachi dlq export` did not write it"],
      [member({ format: "tomodachi-dead-letter/2" }), "this version reads tomodachi-dead-letter/1"],
      [member({ body: "a b" }), "its body is not Base64"],
      [member({ properties: "AA==" }), "its properties are too short"],
      [member({ queue: "" }), "its queue is empty"],
      [member({ routingKey: 5 }), "its routingKey is not a string of at most 255 bytes"],
    ] as const) {
      writeFileSync(file, `${good}\n${line}\n`);
      const { code, stderr, stdout } = await dlq(["import", file]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(`Cannot import ${file}, line 2: `);
      expect(stderr).toContain(why);
      expect(stderr).toContain("Nothing was imported.");
    }
    writeFileSync(file, member({ queue: `${queue}.gone.dlq` }));
    expect((await dlq(["import", file])).stderr).toContain(`There is no queue "${queue}.gone.dlq" to import to`);
    expect((await dlq(["import", join(project.folder, "none")])).stderr).toContain("there is no such file");
    const over = await dlq(["export", "-q", dead, "-o", file]);
    expect(over).toMatchObject({ code: 2, stdout: "" });
    expect(over.stderr).toContain("exists already");
    expect((await foreign.queueInfo(dead))?.messageCount).toBe(1);
    await remove(queue, dead);
  });
});

describeWithBroker("tomodachi dlq replay --edit", () => {
  /** An editor that runs a line of shell on the file $1, and records its input. */
  function editor(script: string): Readonly<Record<string, string>> {
    const path = join(project.folder, `${uniqueName("editor")}.sh`);
    writeFileSync(path, `cat "$1" >> "${path}.seen"\n${script}\n`);
    return { EDITOR: `sh ${path}` };
  }

  const seenBy = ({ EDITOR = "" }: Readonly<Record<string, string>>): string =>
    readFileSync(`${EDITOR.slice(3)}.seen`, "utf8");

  async function failed(dead: string, queue: string, body: string | Buffer, id = "m"): Promise<void> {
    const headers = { "x-tomodachi-queue": queue, "x-tomodachi-reason": "handler-error", tenant: "acme" };
    const content = { contentType: "application/json", persistent: true, messageId: id };
    await foreign.publish("", dead, body, { ...content, headers });
  }

  it("replays the saved text, with numbers as they were written, and the headers of the message", async () => {
    const { queue, dead } = await makeQueues();
    await failed(dead, queue, '{"id":12345678901234567890,"price":1.10,"amount":-5}');
    const edit = editor(`sed -i 's/-5/5/' "$1"`);
    const { code, stdout } = await dlq(["replay", "-q", dead, "--edit"], edit);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${dead}  1 replayed to ${queue}\n` });
    expect(seenBy(edit)).toBe('{\n  "id": 12345678901234567890,\n  "price": 1.10,\n  "amount": -5\n}\n');
    const back = await foreign.get(queue);
    expect(back?.content.toString()).toBe('{"id":12345678901234567890,"price":1.10,"amount":5}');
    expect(back?.properties.headers).toMatchObject({ tenant: "acme" });
    expect(back?.properties.headers?.["x-tomodachi-replays"]).toEqual([expect.stringMatching(/, edited$/)]);
    await remove(queue, dead);
  });

  it("keeps a message whose text was not changed, is invalid JSON, is binary, or whose editor failed", async () => {
    const { queue, dead } = await makeQueues();
    await failed(dead, queue, '{"a":1}', "json");
    await failed(dead, queue, bytes(0, 1, 2), "binary");
    const cases = [
      ["true", "The message json stays: it was not changed."],
      [`echo '{"a":' > "$1"`, "The message json stays: what was saved is not valid JSON."],
      ["exit 3", "The message json stays: the editor ended with the code 3."],
    ] as const;
    for (const [script, why] of cases) {
      const { code, stdout, stderr } = await dlq(["replay", "-q", dead, "--edit"], editor(script));
      expect(stderr).toContain(why);
      expect(stderr).toContain("The message binary stays: its body is not text.");
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: `${dead}  0 replayed, 2 left\n       2  stayed: it was not changed with --edit\n`,
      });
    }
    const none = await dlq(["replay", "-q", dead, "--edit"], { EDITOR: "", VISUAL: "" });
    expect(none).toMatchObject({ code: 2, stdout: "" });
    expect(none.stderr).toContain("Set the variable EDITOR");
    expect((await entriesOf(dead)).map(({ id }) => id)).toEqual(["json", "binary"]);
    expect(existsSync(join(project.folder, "message.json"))).toBe(false);
    await remove(queue, dead);
  });
});
