import { expect, it } from "vitest";
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { AmqpChannelError } from "../../../amqp-client/errors.ts";
import type { Logger } from "../../../log/logger.ts";
import { createVirtualClock } from "../../../testing/virtual-clock.ts";
import { TopologyWatch } from "./topology-watch.ts";

/** A broker with names that can be taken away, or refused. */
function createWatch(existing: Set<string>, refused = new Set<string>()) {
  const log: string[] = [];
  const check = async (name: string) => {
    const replyCode = refused.has(name) ? 403 : 404;
    if (!existing.has(name) || refused.has(name)) {
      throw new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", "refused", { replyCode, replyText: "refused" });
    }
    return { messageCount: 0 };
  };
  const channel = { checkExchange: check, checkQueue: check };
  let channels = 0;
  let opened = (): void => {};
  const connection = {
    state: "connected",
    withChannel: (use: (given: typeof channel) => Promise<unknown>) => {
      channels++;
      return use(channel);
    },
    subscribe(events: { opened(): void }) {
      opened = events.opened;
      return () => {};
    },
  };
  const line =
    (level: string) =>
    (...given: readonly unknown[]) =>
      void log.push(`${level} ${given.at(-1)}`);
  const logger = {
    warn: line("warn"),
    error: line("error"),
    info: line("info"),
    debug: line("debug"),
  } as unknown as Logger;
  const clock = createVirtualClock();
  const watch = new TopologyWatch({ connection: connection as unknown as AmqpConnection, logger, clock });
  return { watch, clock, log, opened: () => opened(), channels: () => channels };
}

const part = { exchanges: ["x"], queues: ["q"], consequence: "Nothing was lost." };

it("the check declares missing objects again, warns once, and checks every name even if the first is missing", async () => {
  const existing = new Set<string>();
  const { watch, clock, log } = createWatch(existing);
  const restore = async (): Promise<void> => void existing.add("x").add("q");
  watch.add("part", { ...part, restore });
  watch.start();
  await clock.advance("29999ms");
  expect(log).toEqual([]);
  await clock.advance("120001ms");
  expect(log).toEqual([
    'warn The exchange "x", the queue "q" did not exist any more and was declared again. Nothing was lost.',
  ]);
  await watch.stop();
  expect(clock.pending).toBe(0);
});

it("the check asks for the names of all parts on one channel", async () => {
  const existing = new Set(["x", ...Array.from({ length: 100 }, (_, at) => `q${at}`)]);
  const { watch, clock, log, channels } = createWatch(existing);
  for (let at = 0; at < 100; at++) watch.add(`part ${at}`, { ...part, queues: [`q${at}`], restore: async () => {} });
  watch.start();
  await clock.advance("30s");
  expect([channels(), log]).toEqual([1, []]);
  await watch.stop();
});

it("the check runs at once after a reconnect, and treats a refused check as an existing name", async () => {
  const existing = new Set(["q"]);
  const { watch, clock, log, opened } = createWatch(existing, new Set(["x"]));
  let looks = 0;
  watch.add("part", {
    ...part,
    restore: () => Promise.reject(new Error("nothing was missing")),
    looked: async () => void looks++,
  });
  watch.start();
  opened();
  await clock.advance("0ms");
  await watch.stop();
  expect([looks, log]).toEqual([1, []]);
});

it("an object that cannot be declared again is reported once, and the next part is checked", async () => {
  const { watch, clock, log } = createWatch(new Set(["other"]));
  let looks = 0;
  watch.add("part", { ...part, restore: () => Promise.reject(new Error("not allowed")) });
  watch.add("other", {
    exchanges: [],
    queues: ["other"],
    consequence: "",
    restore: async () => {},
    looked: async () => void looks++,
  });
  watch.start();
  for (let look = 0; look < 3; look++) await clock.advance("30000ms");
  await watch.stop();
  const text = 'The exchange "x", the queue "q" cannot be declared again; the service tries again every 30 seconds';
  expect(log).toEqual([`error ${text}`, `debug ${text}`, `debug ${text}`]);
  expect(looks).toBe(3);
});

it("a missing object that the service does not declare is reported once, not created, and reported again when it exists", async () => {
  const existing = new Set(["x"]);
  const { watch, clock, log } = createWatch(existing);
  watch.add("part", { ...part, restore: undefined });
  watch.start();
  await clock.advance("2m");
  expect(log).toEqual([
    'error The queue "q" did not exist any more. Nothing was lost. The service does not declare this itself (declare: "verify"). Create it again, as "tomodachi topology" prints.',
  ]);
  existing.add("q");
  await clock.advance("2m");
  expect(log.slice(1)).toEqual(['info The queue "q" exists again']);
  await watch.stop();
});
