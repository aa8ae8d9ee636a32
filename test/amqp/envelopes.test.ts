// Messages of other systems, plain JSON, and values that are not envelopes: what a handler gets, and what is dead-lettered with which reason.
import { expect, it } from "vitest";
import { cloudEvents } from "../../src/envelopes/cloudevents/index.ts";
import { ProtobufBase } from "../../src/envelopes/protobuf/index.ts";
import { messageOf } from "../../src/errors.ts";
import {
  amqp,
  amqpPublish,
  amqpRequest,
  type DeadLetter,
  type Envelope,
  event,
  Json,
  JsonBase,
  request,
  Service,
  type StandardSchema,
} from "../../src/index.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, failureOf, start } from "../support/running.ts";
import { ParcelSchema } from "../vectors/depot_pb.ts";

interface Order {
  readonly orderId: number;
}

const orderSchema: StandardSchema<Order> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof (value as Partial<Order> | null)?.orderId === "number"
        ? { value: value as Order }
        : { issues: [{ message: "no order" }] },
  },
};

const foreignBodies = [
  '{"orderId":1,"total":5}',
  '{"data":{"id":1}}',
  '{"data":{"id":1},"metadata":{}}',
  '{"data":{"id":1},"metadata":{"data_encoding":null}}',
  "{}",
  "[]",
  '"x"',
  "5",
  "null",
];

describeWithBroker("a message of another system", () => {
  it.each([
    ["JsonBase", JsonBase, {}, "Json"],
    ["ProtobufBase", ProtobufBase, { protoClass: ParcelSchema }, "ProtobufBase|base64"],
    ["CloudEvents", cloudEvents({ source: "/test" }), {}, "Json|JSON object"],
  ])("is dead-lettered by a handler with %s, and never handled", async (_name, envelope, options, hint) => {
    const scope = createScope();
    const handled: unknown[] = [];
    const told: DeadLetter[] = [];
    class Reader extends Service {
      name = "reader";
      override messageEnvelope: Envelope | null = envelope as Envelope;
      override options = scope.options();
      @amqp("key", { queueName: "reader", ...options }) on(data: unknown) {
        handled.push(data);
      }
      override onDeadLetter(deadLetter: DeadLetter) {
        told.push(deadLetter);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Reader);
    const bodies = [...foreignBodies, ""];
    for (const body of bodies) await foreign.publish("amq.topic", `${scope.prefix}key`, body);
    await until(() => told.length === bodies.length, { what: "the dead letters" });
    expect(handled).toEqual([]);
    for (const { reason } of told) expect(reason).toBe("unreadable");
    expect(told.filter(({ error }) => new RegExp(hint).test(messageOf(error))).length).toBeGreaterThan(0);
    void running;
  });
});

describeWithBroker("plain JSON", () => {
  it("works by key, by contract, in batches and in requests", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const paid = event("order.{id}.paid", { schema: orderSchema, envelope: Json });
    const priced = request("price", { envelope: Json });
    class Shop extends Service {
      name = "shop";
      override messageEnvelope: Envelope | null = JsonBase;
      override options = scope.options();
      @amqp("plain", { messageEnvelope: Json }) plain(data: unknown) {
        seen.push(["plain", data]);
      }
      @amqp(paid) paid(order: Order) {
        seen.push(["paid", order]);
      }
      @amqp("many", { messageEnvelope: Json, batch: { size: 2 } }) many(items: unknown[]) {
        seen.push(["many", ...items]);
      }
      @amqp(priced) price(data: unknown) {
        return { data, cents: 9007199254740993n };
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Shop);
    const [service] = running.services as [Service];
    await amqpPublish(service, { data: 1, metadata: {} }, { routingKey: "plain", messageEnvelope: Json });
    await amqpPublish(service, paid, { orderId: 1 }, { params: { id: "1" } });
    await foreign.publish("amq.topic", `${scope.prefix}many`, "[1]");
    await foreign.publish("amq.topic", `${scope.prefix}many`, '{"data":2}');
    await until(() => seen.length === 3, { what: "the messages" });
    expect(seen).toHaveLength(3);
    expect(seen).toEqual(
      expect.arrayContaining([
        ["plain", { data: 1, metadata: {} }],
        ["paid", { orderId: 1 }],
        ["many", [1], { data: 2 }],
      ]),
    );
    expect(await amqpRequest(service, priced, [1])).toEqual({ data: [1], cents: 9007199254740993n });
  });

  it("is dead-lettered if it is not JSON or does not match the schema", async () => {
    const scope = createScope();
    const told: DeadLetter[] = [];
    class Shop extends Service {
      name = "shop";
      override messageEnvelope: Envelope | null = Json;
      override options = scope.options();
      @amqp("key", { schema: orderSchema }) on() {}
      override onDeadLetter(deadLetter: DeadLetter) {
        told.push(deadLetter);
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Shop);
    await foreign.publish("amq.topic", `${scope.prefix}key`, "<order/>", { contentType: "text/xml" });
    await foreign.publish("amq.topic", `${scope.prefix}key`, "{}");
    await until(() => told.length === 2, { what: "the dead letters" });
    expect(told.map(({ reason }) => reason).sort()).toEqual(["schema", "unreadable"]);
    const unreadable = told.find(({ reason }) => reason === "unreadable");
    expect(messageOf(unreadable?.error)).toContain('content type "text/xml"');
    void running;
  });
});

describeWithBroker("a user's own envelope", () => {
  it("passes the whole message to the handler, even if it has a member data", async () => {
    const scope = createScope();
    const seen: unknown[] = [];
    const Whole: Envelope<{ readonly data: number }> = {
      buildMessage: (_service, _topic, data) => JSON.stringify(data),
      parseMessage: (payload) => {
        const message = JSON.parse(payload.toString()) as { readonly data: number };
        return { message, data: message };
      },
    };
    class Reader extends Service {
      name = "reader";
      override messageEnvelope: Envelope | null = Whole;
      override options = scope.options();
      @amqp("key") on(data: unknown) {
        seen.push(data);
      }
    }
    await using running = await start(Reader);
    await amqpPublish(running.services[0] as Service, { data: 1, more: 2 }, { routingKey: "key" });
    await until(() => seen.length === 1, { what: "the message" });
    expect(seen).toEqual([{ data: 1, more: 2 }]);
  });
});

class Enveloping {
  buildMessage(): string {
    return "";
  }
  parseMessage(): { message: string } {
    return { message: "" };
  }
}

const wrongEnvelopes: readonly (readonly [string, unknown, string])[] = [
  ["a name", "JsonBase", 'it is the string "JsonBase". Write the envelope itself'],
  ["a class", Enveloping, "class Enveloping. Write an instance: new Enveloping()"],
  ["a function that makes one", cloudEvents, "cloudEvents. If it creates envelopes, call it"],
  ["an object without parseMessage", { buildMessage: () => "" }, "it is an object without parseMessage"],
  ["an empty object", {}, "without buildMessage and parseMessage"],
  ["a number", 5, "it is a number"],
  ["undefined", undefined, "it is undefined. Check the imported name"],
  ["one whose validate is no function", { ...JsonBase, validate: true }, "validate is not a function"],
  ["one whose optionNames is no list", { ...JsonBase, optionNames: "secret" }, "optionNames is not a list"],
];

describeWithBroker("a value that is not an envelope", () => {
  it.each(wrongEnvelopes)("fails the start by name: %s", async (_name, value, message) => {
    const scope = createScope();
    const envelope = value as Envelope;
    class OfService extends Service {
      name = "of-service";
      override messageEnvelope: Envelope | null = envelope;
      override options = scope.options();
      override startedService() {}
    }
    const expected = { code: "ERR_CONFIGURATION", message: expect.stringContaining(message) };
    const ofService = await failureOf(OfService);
    expect(ofService).toMatchObject(expected);
    expect(ofService.message).toContain('"of-service"');
    const ofHandler = await startOf(envelope);
    expect(ofHandler).toMatchObject(expected);
    expect((ofHandler as Error).message).toContain('@amqp("key")');
  });

  it.each(wrongEnvelopes)("is refused by a publish and by a contract: %s", async (_name, value, message) => {
    const scope = createScope();
    class Sender extends Service {
      name = "sender";
      override options = scope.options();
      override startedService() {}
    }
    await using running = await start(Sender);
    const [service] = running.services as [Service];
    const messageEnvelope = value as Envelope;
    const expected = { code: "ERR_CONFIGURATION", message: expect.stringContaining(message) };
    await expect(amqpPublish(service, "x", { routingKey: "key", messageEnvelope })).rejects.toMatchObject(expected);
    await expect(amqpRequest(service, "key", "x", { messageEnvelope })).rejects.toMatchObject(expected);
    if (value === undefined) return;
    expect(() => event("key", { schema: orderSchema, envelope: messageEnvelope })).toThrow(
      expect.objectContaining(expected),
    );
    expect(() => request("key", { envelope: messageEnvelope })).toThrow(expect.objectContaining(expected));
  });

  it.each([
    ["a number", 5, "a value of the type number"],
    ["nothing", undefined, "returned undefined"],
    ["no payload", { body: "x" }, "an object without payload"],
    ["a payload that is a number", { payload: 5 }, "a payload of the type number"],
    ["a promise of null", Promise.resolve(null), "returned null"],
  ])("fails the publish when buildMessage returns %s", async (_name, built, message) => {
    const scope = createScope();
    const Broken = { ...JsonBase, buildMessage: () => built } as unknown as Envelope;
    class Sender extends Service {
      name = "sender";
      override options = scope.options();
      override startedService() {}
    }
    await using running = await start(Sender);
    const [service] = running.services as [Service];
    const publish = amqpPublish(service, 1, { routingKey: "key", messageEnvelope: Broken });
    await expect(publish).rejects.toMatchObject({
      code: "ERR_AMQP_ENVELOPE_RESULT",
      message: expect.stringMatching(new RegExp(`"key".*${message}`)),
    });
  });

  it.each([
    ["a number", 5, "a value of the type number"],
    ["null", null, "returned null"],
    ["no message", { data: 1 }, "has no message"],
    ["an id that is a number", { message: 1, messageUuid: 5 }, "messageUuid must be a string"],
    ["a promise of nothing", Promise.resolve(), "a value of the type undefined"],
  ])("dead-letters the message when parseMessage returns %s", async (_name, parsed, message) => {
    const scope = createScope();
    const told: DeadLetter[] = [];
    const Broken = { ...JsonBase, parseMessage: () => parsed } as unknown as Envelope;
    class Reader extends Service {
      name = "reader";
      override options = scope.options();
      override messageEnvelope: Envelope | null = Broken;
      @amqp("key") on() {}
      override onDeadLetter(deadLetter: DeadLetter) {
        told.push(deadLetter);
      }
    }
    await using running = await start(Reader);
    await amqpPublish(running.services[0] as Service, "x", { routingKey: "key", messageEnvelope: null });
    await until(() => told.length === 1, { what: "the dead letter" });
    expect(told[0]).toMatchObject({ reason: "unreadable", error: { code: "ERR_AMQP_ENVELOPE_RESULT" } });
    expect(messageOf(told[0]?.error)).toContain(message);
  });
});

/** What stops a service whose handler names this envelope: its decorator, or the start. */
async function startOf(messageEnvelope: Envelope): Promise<Error> {
  const scope = createScope();
  try {
    class Handles extends Service {
      name = "handles";
      override options = scope.options();
      @amqp("key", { messageEnvelope }) on() {}
    }
    return await failureOf(Handles);
  } catch (error) {
    return error as Error;
  }
}
