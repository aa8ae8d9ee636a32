// The fuzz of the client: a scripted broker says frames made wrong by seed, and each session must end by name, or close.
import { once } from "node:events";
import { Session } from "../../src/amqp-client/session/session.ts";
import { emptyTable } from "../../src/amqp-wire/field-table.ts";
import { messageOf } from "../../src/errors.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { type Answer, frames, openOk, ordinary, ScriptedServer, tune } from "../../test/support/scripted-server.ts";
import { readRecordedFrames } from "../../test/vectors/recorded-frames.ts";
import { mutatedFrame, type Random } from "./mutated-frames.ts";

export interface ClientFuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** The number of the first case: to run a failed one again, alone. @default 0 */
  readonly first?: number;
  /** Sessions at a time. @default 16 */
  readonly parallel?: number;
  readonly onProgress?: (done: number) => void;
}

export interface ClientFuzzReport {
  readonly cases: number;
  /** How many ended in which way: a code, or `closed`. */
  readonly ends: ReadonlyMap<string, number>;
  /** Empty when all went well. */
  readonly failures: readonly string[];
}

/** How long a session may continue after the last byte of a server that has ended its side. */
const deadlineMs = 15_000;
const corpus = readRecordedFrames()
  .filter(({ from }) => from === "broker")
  .map(({ bytes }) => bytes);

export async function runClientFuzz(options: ClientFuzzOptions): Promise<ClientFuzzReport> {
  const { seed, count, first = 0, parallel = 16, onProgress } = options;
  const ends = new Map<string, number>();
  const failures: string[] = [];
  let next = first;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < first + count && failures.length < 20) {
      const index = next++;
      const end = await runCase(seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)));
      if (end.startsWith("ERR_") || end === "closed") ends.set(end, (ends.get(end) ?? 0) + 1);
      else failures.push(`case ${index}: ${end}`);
      done++;
      onProgress?.(done);
    }
  };
  const uncaught = (error: unknown): void => void failures.push(`uncaught: ${messageOf(error)}`);
  process.on("uncaughtException", uncaught);
  process.on("unhandledRejection", uncaught);
  try {
    await Promise.all(Array.from({ length: parallel }, worker));
  } finally {
    process.off("uncaughtException", uncaught);
    process.off("unhandledRejection", uncaught);
  }
  return { cases: done, ends, failures };
}

/** How one session ended. */
async function runCase(random: Random): Promise<string> {
  await using server = await ScriptedServer.start(wrongAnswer(random));
  const ended = once(AbortSignal.timeout(deadlineMs), "abort").then(() => "it was still open");
  const late: string[] = [];
  const failed = (error: unknown): void => void late.push(`a listener failed: ${messageOf(error)}`);
  const end = await Promise.race([ended, useSession(server.port, failed)]);
  return late[0] ?? end;
}

async function useSession(port: number, listenerFailed: (error: unknown) => void): Promise<string> {
  try {
    const session = await Session.open(
      {
        target: { host: "127.0.0.1", port, tls: undefined },
        handshake: {
          username: "guest",
          password: "guest",
          virtualHost: "/",
          connectionName: "fuzz",
          clientVersion: "0",
          heartbeat: 0,
        },
        handshakeTimeoutMs: 5000,
        answerTimeoutMs: 5000,
        listenerFailed,
      },
      new AbortController().signal,
    );
    const closed = new Promise<Error | undefined>((resolve) => session.subscribe({ closed: resolve }));
    use(session).catch(() => {});
    return endOf(await closed);
  } catch (error) {
    return endOf(error);
  }
}

function endOf(error: unknown): string {
  if (error === undefined) return "closed";
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : `an error without a code: ${messageOf(error)}`;
}

/** Does what a service does, and reads everything that comes. */
async function use(session: Session): Promise<void> {
  const channel = await session.openChannel();
  await channel.ask({ name: "confirm.select", nowait: false }, "confirm.select-ok");
  const delivered = (message: { readonly readableHeaders: unknown; readonly content: Buffer }): void => {
    if (message.readableHeaders === message.content) throw new Error("never");
  };
  const flags = { noLocal: false, noAck: false, exclusive: false, nowait: false, arguments: emptyTable };
  const consumer = { delivered, cancelled: () => {} };
  await channel.consume({ name: "basic.consume", queue: "q", consumerTag: "c", ...flags }, consumer);
  channel.publish("", "q", true, Buffer.from([0, 0]), Buffer.from("x"));
  await channel.get("q", true);
}

/** An ordinary broker, until one answer is followed or replaced by frames made wrong; then it ends its side. */
function wrongAnswer(random: Random): Answer {
  const turns = Math.floor(random() * 8);
  let turn = 0;
  return (method, channel, peer) => {
    const honest = method.name === "basic.publish" ? undefined : answerTo(method.name, ordinary(method, channel, peer));
    if (turn++ !== turns) return honest;
    const wrong = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
      random() < 0.3 ? (corpus[Math.floor(random() * corpus.length)] as Buffer) : mutatedFrame(random, corpus),
    );
    const before = honest !== undefined && random() < 0.7 ? [honest] : [];
    peer.socket.end(Buffer.concat([...before, ...wrong]));
    return undefined;
  };
}

function answerTo(name: string, honest: Buffer | undefined): Buffer | undefined {
  if (name === "connection.start-ok") return tune(2047, 131_072, 0);
  if (name === "connection.open") return openOk;
  return name === "basic.get" ? frames(1, { name: "basic.get-empty" }) : honest;
}
