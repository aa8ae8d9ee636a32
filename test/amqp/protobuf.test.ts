// ProtobufBase and cloudEvents() through a broker: published, handled, and dead-lettered when unreadable.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { cloudEvents } from "../../src/envelopes/cloudevents/index.ts";
import { ProtobufBase } from "../../src/envelopes/protobuf/index.ts";
import { type AmqpContext, amqp, amqpPublish, amqpRequest, JsonBase, request, Service } from "../../src/index.ts";
import { connectForeign, describeWithBroker, until } from "../support/broker.ts";
import { createScope, failureOf, start } from "../support/running.ts";
import { type Parcel, ParcelSchema, type Place, PlaceSchema } from "../vectors/depot_pb.ts";
import { interop } from "../vectors/depot-pbjs.js";
import { protobufVectors } from "../vectors/protobuf-vectors.ts";

describeWithBroker("ProtobufBase", () => {
  it("delivers messages as they were published, also large ones, and recognises duplicates", async () => {
    const scope = createScope();
    const seen: { label: string; metadata: unknown; uuid: unknown }[] = [];
    class Depot extends Service {
      name = "depot";
      override options = scope.options();
      override messageEnvelope = ProtobufBase;
      @amqp("parcel", { queueName: "parcel", protoClass: ParcelSchema }) on(parcel: Parcel, context: AmqpContext) {
        seen.push({ label: parcel.label, metadata: context.metadata, uuid: context.messageUuid });
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Depot);
    const [depot] = running.services;
    if (!depot) throw new Error("no service");
    const publish = (label: string): Promise<void> =>
      amqpPublish(depot, create(ParcelSchema, { label }), { routingKey: "parcel", protoClass: ParcelSchema });
    await publish("small");
    await publish("x".repeat(100_000));
    await amqpPublish(depot, new interop.depot.Parcel({ label: "protobufjs" }), { routingKey: "parcel" });
    const python = protobufVectors.cases.find(({ name }) => name === "strings")?.payload ?? "";
    for (let times = 0; times < 2; times++) await foreign.publish("amq.topic", `${scope.prefix}parcel`, python);
    await publish("last");
    await until(() => seen.some(({ label }) => label === "last"), { what: "the last parcel" });
    expect(new Set(seen.map(({ label }) => label))).toEqual(
      new Set(["small", "x".repeat(100_000), "protobufjs", "Ärendet 友達 🚀", "last"]),
    );
    expect(seen).toHaveLength(5);
    const large = seen.find(({ label }) => label.startsWith("xx"));
    expect(large?.metadata).toMatchObject({ topic: "parcel", data_encoding: "gzip_proto" });
    expect(large?.metadata).toMatchObject({ message_uuid: large?.uuid });
    await running.stop();
    expect(await foreign.queueInfo(`${scope.prefix}parcel`)).toMatchObject({ messageCount: 0 });
  });

  it("supports requests and replies of different types, by a contract that names the reply", async () => {
    const scope = createScope();
    const placeOf = request("place.of", { envelope: ProtobufBase, replyOptions: { protoClass: PlaceSchema } });
    class Places extends Service {
      name = "places";
      override options = scope.options();
      @amqp(placeOf, { protoClass: ParcelSchema }) async of(parcel: unknown) {
        return create(PlaceSchema, { city: `city of ${(parcel as Parcel).label}` });
      }
    }
    await using running = await start(Places);
    const [places] = running.services as [Service];
    const parcel = create(ParcelSchema, { label: "one" });
    const place = (await amqpRequest(places, placeOf, parcel, { protoClass: ParcelSchema })) as Place;
    expect(place).toMatchObject({ $typeName: PlaceSchema.typeName, city: "city of one" });
  });

  it("dead-letters unreadable messages and those that the validator refuses, without calling the handler", async () => {
    const scope = createScope();
    const seen: string[] = [];
    class Strict extends Service {
      name = "strict";
      override options = scope.options();
      override messageEnvelope = ProtobufBase;
      @amqp("place", { queueName: "place", protoClass: PlaceSchema, validator: inhabited }) on(place: Place) {
        seen.push(place.city);
      }
    }
    async function inhabited({ city }: Place): Promise<void> {
      if (city === "") throw new RangeError("nobody lives there");
    }
    await using foreign = await connectForeign();
    await using running = await start(Strict);
    const [strict] = running.services;
    if (!strict) throw new Error("no service");
    const nextReason = async (): Promise<Record<string, unknown>> => {
      const copy = await until(() => foreign.get(`${scope.prefix}place.dlq`), { what: "the copy" });
      const headers = (copy.properties.headers ?? {}) as Record<string, unknown>;
      return {
        reason: headers["x-tomodachi-reason"],
        text: String(headers["x-tomodachi-error-message"]),
      };
    };
    await foreign.publish("amq.topic", `${scope.prefix}place`, "not base64 at all!");
    expect(await nextReason()).toMatchObject({ reason: "unreadable", text: expect.stringContaining("is not base64") });
    await amqpPublish(strict, { street: "nowhere" }, { routingKey: "place", protoClass: PlaceSchema });
    expect(await nextReason()).toMatchObject({ reason: "unreadable", text: "nobody lives there" });
    await amqpPublish(strict, { city: "Umeå" }, { routingKey: "place", protoClass: PlaceSchema });
    await until(() => seen.length === 1, { what: "the place with people" });
    expect(seen).toEqual(["Umeå"]);
  });

  it("refuses to publish data that does not match, and sends nothing", async () => {
    const scope = createScope();
    const seen: Place[] = [];
    class Careful extends Service {
      name = "careful";
      override options = scope.options();
      override messageEnvelope = ProtobufBase;
      @amqp("place", { protoClass: PlaceSchema }) on(place: Place) {
        seen.push(place);
      }
    }
    await using running = await start(Careful);
    const [careful] = running.services;
    if (!careful) throw new Error("no service");
    const publish = (data: unknown): Promise<void> =>
      amqpPublish(careful, data, { routingKey: "place", protoClass: PlaceSchema });
    const unbuildable = expect.objectContaining({ code: "ERR_ENVELOPE_UNBUILDABLE" });
    await expect(publish({ town: "Umeå" })).rejects.toEqual(unbuildable);
    await expect(publish(create(ParcelSchema))).rejects.toEqual(unbuildable);
    await expect(amqpPublish(careful, create(PlaceSchema), { routingKey: "place" })).rejects.toEqual(unbuildable);
    await publish({ city: "Umeå" });
    await until(() => seen.length === 1, { what: "the one that fits" });
    expect(seen).toMatchObject([{ city: "Umeå" }]);
  });

  it("fails the start without a valid protoClass, and names the handler", async () => {
    const scope = createScope();
    class None extends Service {
      name = "none";
      override options = scope.options();
      override messageEnvelope = ProtobufBase;
      @amqp("a") on() {}
    }
    class Wrong extends Service {
      name = "wrong";
      override options = scope.options();
      @amqp("a", { messageEnvelope: ProtobufBase, protoClass: Date as never }) on() {}
    }
    class Slip extends Service {
      name = "slip";
      override options = scope.options();
      @amqp("a", { messageEnvelope: JsonBase, protoClass: ParcelSchema } as object) on() {}
    }
    expect((await failureOf(None)).message).toMatch(/^@amqp\("a"\) none\.on .*ProtobufBase needs protoClass/);
    expect((await failureOf(Wrong)).message).toContain('"Date" that is not a message class');
    expect((await failureOf(Slip)).message).toContain('no option "protoClass"');
  });
});

describeWithBroker("cloudEvents()", () => {
  it.each(["structured", "binary"] as const)("delivers events in %s mode", async (mode) => {
    const scope = createScope();
    const Events = cloudEvents({ mode, source: "/shop" });
    const seen: { data: unknown; message: unknown; headers: object }[] = [];
    class Shop extends Service {
      name = "shop";
      override options = scope.options();
      override messageEnvelope = Events;
      @amqp("order.paid", { queueName: "order" }) on(data: unknown, { message, headers }: AmqpContext) {
        seen.push({ data, message, headers });
      }
    }
    await using foreign = await connectForeign();
    await using running = await start(Shop);
    const [shop] = running.services;
    if (!shop) throw new Error("no service");
    const event = { id: "1", subject: "läge", count: 3, urgent: true };
    const headers = { mine: "m" };
    await amqpPublish(shop, { id: 7 }, { routingKey: "order.paid", event, headers });
    // The same id from the same source again: a duplicate.
    await amqpPublish(shop, { id: 8 }, { routingKey: "order.paid", event });
    await amqpPublish(shop, Buffer.from([0, 255]), { routingKey: "order.paid", event: { id: "2" } });
    await until(() => seen.length === 2, { what: "both events" });
    const first = seen.find(({ data }) => !Buffer.isBuffer(data));
    expect(first?.data).toEqual({ id: 7 });
    expect(first?.message).toMatchObject({ ...event, specversion: "1.0", source: "/shop", type: "order.paid" });
    expect(first?.headers).toMatchObject(headers);
    expect(Object.hasOwn(first?.headers ?? {}, "cloudEvents_id")).toBe(mode === "binary");
    expect(seen.find(({ data }) => Buffer.isBuffer(data))?.data).toEqual(Buffer.from([0, 255]));
    await foreign.publish("amq.topic", `${scope.prefix}order.paid`, "{}");
    const copy = await until(() => foreign.get(`${scope.prefix}order.dlq`), { what: "the copy" });
    expect(copy.properties.headers).toMatchObject({ "x-tomodachi-reason": "unreadable" });
    expect(seen).toHaveLength(2);
  });
});
