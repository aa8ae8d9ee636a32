// npm run bench:broker [-- --rounds 5] : the embedded broker beside RabbitMQ, the same plain client on both.
import { parseArgs } from "node:util";
import { connect } from "amqplib";
import { startRabbitMq } from "../../scripts/rabbitmq.ts";
import { type Figures, here, median, timeProcess } from "../measure.ts";
import { bytesPerMessage, idleCpuMs, topicPerSecond } from "./memory.ts";
import { ServedBroker } from "./served-broker.ts";

const works = ["publish", "consume", "forward"] as const;
const settings = { count: 30_000, bytes: 1024 };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
  const rounds = Number(values.rounds);
  const given = process.env["TOMODACHI_AMQP_URL"];
  const node = given ? undefined : await startRabbitMq({ name: "bench" });
  const broker = await ServedBroker.start();
  try {
    const urls = { embedded: broker.url, rabbitmq: given ?? node?.url ?? "" };
    print(`node ${process.version}, RabbitMQ ${await versionOf(urls.rabbitmq)}; messages of ${settings.bytes} bytes`);
    print("transient, exclusive classic queues; messages a second, median of the rounds\n");
    print(row("", "embedded", "RabbitMQ", "ratio"));
    for (const work of works) await compare(work, urls, rounds);
    print(`\nstart: ${broker.startMs.toFixed(1)} ms (goal < 20)`);
    await topics(broker, rounds);
    print(`idle: ${(await idleCpuMs(broker, 3)).toFixed(1)} ms of CPU in 3 s with a connection open`);
    const bytes = await bytesPerMessage(broker, 1_000_000, 16);
    print(`1 000 000 queued messages of 16 bytes: ${bytes.toFixed(0)} bytes each beside the body (goal < 400)`);
  } finally {
    await broker.stop();
    await node?.stop();
  }
}

async function compare(work: string, urls: Record<"embedded" | "rabbitmq", string>, rounds: number): Promise<void> {
  const speeds: Record<keyof typeof urls, number[]> = { embedded: [], rabbitmq: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of ["embedded", "rabbitmq"] as const) {
      const options = { url: urls[side], settings: { ...settings, work } };
      const { output } = await timeProcess([here("embedded/client.mjs")], options);
      speeds[side].push((JSON.parse(output) as Figures).perSecond);
    }
  }
  const [embedded, rabbitmq] = [median(speeds.embedded), median(speeds.rabbitmq)];
  print(row(work, embedded.toFixed(0), rabbitmq.toFixed(0), (embedded / rabbitmq).toFixed(2)));
}

async function topics(broker: ServedBroker, rounds: number): Promise<void> {
  const few = await topicPerSecond(broker, 10, rounds);
  const many = await topicPerSecond(broker, 10_000, rounds);
  const ratio = (few / many).toFixed(2);
  print(`topic exchange: CPU of a publish with 10 000 bindings is ${ratio} times that with 10 (goal < 2)`);
}

async function versionOf(url: string): Promise<string> {
  const connection = await connect(url);
  const { version } = connection.connection.serverProperties;
  await connection.close();
  return String(version);
}

function row(name: string, ...cells: readonly string[]): string {
  return `${name.padEnd(10)}${cells.map((cell) => cell.padStart(12)).join("")}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
