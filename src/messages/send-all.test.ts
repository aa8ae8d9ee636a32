import { expect, it, vi } from "vitest";
import type { OutgoingMessage, PublishReceipt } from "../amqp-client/outgoing-message.ts";
import { createDeferred, type Deferred } from "../util/deferred.ts";
import { type SendTask, sendAll } from "./send-all.ts";

const bodies = ["a", "b", "c"].map((text) => Buffer.from(text));

function message(content: Buffer): OutgoingMessage {
  return { exchange: "", routingKey: "", content, properties: {}, mandatory: true };
}

function task(more: Partial<SendTask>): SendTask {
  return {
    bodies,
    perSecond: undefined,
    oneByOne: false,
    signal: new AbortController().signal,
    build: async (body) => message(body),
    send: async () => ({ returned: false }),
    failed: () => {},
    progress: () => {},
    ...more,
  };
}

it("sendAll counts confirmed, unroutable and failed messages, and continues after a failure", async () => {
  const failures: [number, unknown, boolean][] = [];
  const counts = await sendAll(
    task({
      build: async (body) => {
        if (body.toString() === "b") throw new Error("refused");
        return message(body);
      },
      send: async ({ content }) => ({ returned: content.toString() === "c" }),
      failed: (...all) => failures.push(all),
    }),
  );
  expect(counts).toMatchObject({ messages: 3, confirmed: 2, unroutable: 1, failed: 1 });
  expect(failures).toEqual([[2, new Error("refused"), false]]);
});

it("sendAll says that a message was built if only its sending failed", async () => {
  const failures: [number, unknown, boolean][] = [];
  const send = (): Promise<PublishReceipt> => Promise.reject(new Error("no answer"));
  const counts = await sendAll(task({ bodies: [Buffer.from("a")], send, failed: (...all) => failures.push(all) }));
  expect(counts).toMatchObject({ messages: 1, confirmed: 0, failed: 1 });
  expect(failures).toEqual([[1, new Error("no answer"), true]]);
});

it("sendAll waits for each confirm before the next message when asked to", async () => {
  const sent: Deferred<PublishReceipt>[] = [];
  const sending = createDeferred();
  const done = sendAll(
    task({
      oneByOne: true,
      send: () => {
        const answer = createDeferred<PublishReceipt>();
        sent.push(answer);
        sending.resolve();
        return answer.promise;
      },
    }),
  );
  await sending.promise;
  expect(sent).toHaveLength(1);
  for (let at = 0; at < 3; at++) {
    while (sent.length <= at) await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toHaveLength(at + 1);
    sent[at]?.resolve({ returned: false });
  }
  expect((await done).confirmed).toBe(3);
});

it("sendAll stops when it is aborted, and waits for messages that were sent", async () => {
  const stopping = new AbortController();
  const counts = await sendAll(
    task({
      signal: stopping.signal,
      send: async () => {
        stopping.abort();
        return { returned: false };
      },
      oneByOne: true,
    }),
  );
  expect(counts).toMatchObject({ messages: 1, confirmed: 1 });
});

it("sendAll measures from the first message, not while it waits for the first", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    async function* typed(): AsyncGenerator<Buffer> {
      vi.advanceTimersByTime(300);
      yield Buffer.from("typed");
    }
    expect((await sendAll(task({ bodies: typed() }))).ms).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
