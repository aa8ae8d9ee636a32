/** The arguments of a queue: their effects, and the messages of refusals. */
import { describe, expect, it } from "vitest";
import { type PlainArguments, type QueueSettings, queueProperties } from "../../test/support/fake-queue-host.ts";
import { readQueueArguments, type ServerQueueArguments } from "./queue-arguments.ts";

function read(plain: PlainArguments, settings: QueueSettings = {}): ServerQueueArguments {
  return readQueueArguments(queueProperties({ name: "q", ...settings, arguments: plain }));
}

function refusal(plain: PlainArguments, settings: QueueSettings = {}): unknown {
  try {
    return read(plain, settings);
  } catch (error) {
    const { scope, replyCode, message } = error as { scope: string; replyCode: number; message: string };
    return `${scope} ${replyCode}: ${message.replace(/^[A-Z_]+ - /, "")}`;
  }
}

const dead = { "x-dead-letter-exchange": "dead" };

describe("readQueueArguments", () => {
  it("has no limits without arguments", () => {
    expect(read({})).toEqual({
      type: "classic",
      messageTtlMs: undefined,
      expiresMs: undefined,
      maxLength: undefined,
      maxBytes: undefined,
      overflow: "drop-head",
      deadLetterExchange: undefined,
      deadLetterRoutingKey: undefined,
      deadLetterAtLeastOnce: false,
      maxPriority: 0,
      singleActiveConsumer: false,
      deliveryLimit: undefined,
    });
  });

  it("reads every argument", () => {
    expect(
      read({
        ...dead,
        "x-message-ttl": 0,
        "x-expires": 1,
        "x-max-length": 2,
        "x-max-length-bytes": 3,
        "x-overflow": "reject-publish-dlx",
        "x-dead-letter-routing-key": "key",
        "x-max-priority": 255,
        "x-single-active-consumer": true,
        "x-queue-mode": "lazy",
        "x-queue-version": 2,
        "x-of-nobody": "ignored",
      }),
    ).toMatchObject({
      messageTtlMs: 0,
      expiresMs: 1,
      maxLength: 2,
      maxBytes: 3,
      overflow: "reject-publish-dlx",
      deadLetterExchange: "dead",
      deadLetterRoutingKey: "key",
      maxPriority: 255,
      singleActiveConsumer: true,
    });
  });

  it("limits deliveries in quorum queues only: 20 by default, never below zero", () => {
    const quorum = { "x-queue-type": "quorum" };
    expect(read(quorum).deliveryLimit).toBe(20);
    expect(read({ ...quorum, "x-delivery-limit": 3 }).deliveryLimit).toBe(3);
    expect(read({ ...quorum, "x-delivery-limit": -1 }).deliveryLimit).toBeUndefined();
    expect(read({}).deliveryLimit).toBeUndefined();
  });

  it("dead-letters at least once only with overflow reject-publish", () => {
    const strategy = { ...dead, "x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once" };
    expect(read({ ...strategy, "x-overflow": "reject-publish" }).deadLetterAtLeastOnce).toBe(true);
    expect(read(strategy).deadLetterAtLeastOnce).toBe(false);
  });

  const of = "queue 'q' in vhost '/'";

  it.each<[plain: PlainArguments, refusal: string]>([
    [{ "x-message-ttl": "1" }, `invalid arg 'x-message-ttl' for ${of}: "expected integer, got longstr"`],
    [{ "x-message-ttl": -1 }, `invalid arg 'x-message-ttl' for ${of}: {value_negative,-1}`],
    [{ "x-message-ttl": 315_360_000_001 }, `invalid arg 'x-message-ttl' for ${of}: {value_too_large,315360000001}`],
    [{ "x-expires": 0 }, `invalid arg 'x-expires' for ${of}: {value_zero,0}`],
    [{ "x-max-length": true }, `invalid arg 'x-max-length' for ${of}: "expected integer, got bool"`],
    [{ "x-max-priority": 256 }, `invalid arg 'x-max-priority' for ${of}: {max_value_exceeded,256}`],
    [{ "x-overflow": "explode" }, `invalid arg 'x-overflow' for ${of}: invalid_overflow`],
    [{ "x-overflow": 1 }, `invalid arg 'x-overflow' for ${of}: {unacceptable_type,long}`],
    [
      { "x-dead-letter-routing-key": "key" },
      `invalid arg 'x-dead-letter-routing-key' for ${of}: routing_key_but_no_dlx_defined`,
    ],
    [{ "x-dead-letter-exchange": 5 }, `invalid type 'long' for arg 'x-dead-letter-exchange' in ${of}`],
    [
      { "x-single-active-consumer": "yes" },
      `invalid arg 'x-single-active-consumer' for ${of}: {unacceptable_type,longstr}`,
    ],
    [{ "x-queue-mode": "eager" }, `invalid arg 'x-queue-mode' for ${of}: "unsupported queue mode 'eager'"`],
    [{ "x-queue-version": 3 }, `invalid arg 'x-queue-version' for ${of}: "unsupported queue version '3'"`],
    [{ "x-queue-type": "fast" }, `invalid arg 'x-queue-type' for ${of}: "unsupported queue type 'fast'"`],
    [{ "x-delivery-limit": 1 }, `invalid arg 'x-delivery-limit' for ${of} of queue type rabbit_classic_queue`],
    [
      { "x-dead-letter-strategy": "at-least-once" },
      `invalid arg 'x-dead-letter-strategy' for ${of} of queue type rabbit_classic_queue`,
    ],
    [
      { "x-queue-type": "quorum", "x-max-priority": 1 },
      `invalid arg 'x-max-priority' for ${of} of queue type rabbit_quorum_queue`,
    ],
    [
      { "x-queue-type": "quorum", "x-delivery-limit": "1" },
      `invalid arg 'x-delivery-limit' for ${of}: "expected integer, got longstr"`,
    ],
    [
      { "x-queue-type": "quorum", "x-dead-letter-strategy": "twice" },
      `invalid arg 'x-dead-letter-strategy' for ${of}: invalid_dlx_strategy`,
    ],
  ])("refuses %j", (plain, text) => {
    expect(refusal(plain)).toBe(`channel 406: ${text}`);
  });

  it.each<[settings: QueueSettings, wrong: string]>([
    [{ durable: false }, "non-durable"],
    [{ autoDelete: true }, "auto-delete"],
    [{ exclusive: true }, "exclusive-owner"],
  ])("refuses a quorum queue with %j", (settings, wrong) => {
    expect(refusal({ "x-queue-type": "quorum" }, settings)).toBe(`channel 406: invalid property '${wrong}' for ${of}`);
  });

  it("refuses a stream, and says which brokers have streams", () => {
    expect(refusal({ "x-queue-type": "stream" })).toMatch(/^connection 540: .*no streams; use RabbitMQ/);
  });

  it("refuses a dead-letter routing key that is too long to deliver", () => {
    const key = { ...dead, "x-dead-letter-routing-key": "k".repeat(256) };
    expect(refusal(key)).toBe(
      `channel 406: invalid arg 'x-dead-letter-routing-key' for ${of}: "longer than 255 octets"`,
    );
    expect(read({ ...key, "x-dead-letter-routing-key": "k".repeat(255) }).deadLetterRoutingKey).toHaveLength(255);
  });
});
