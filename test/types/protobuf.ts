/** What ProtobufBase and cloudEvents() say of their options, beside a decorator, a service and a publish. */
import type { DescMessage } from "@bufbuild/protobuf";
import protobufjs from "protobufjs";
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  amqpRequest,
  type ContextOf,
  defineService,
  JsonBase,
  on,
  request,
  Service,
} from "tomodachi";
import { type CloudEventMessage, cloudEvents } from "tomodachi/cloudevents";
import { type MessageOfProto, ProtobufBase, type ProtobufBaseMessage, type ProtoClass } from "tomodachi/protobuf";
import { z } from "zod";
import { type Parcel, ParcelSchema, type Place, PlaceSchema } from "../vectors/depot_pb.ts";
import { interop } from "../vectors/depot-pbjs.js";
import { Parcel as PlainParcel } from "../vectors/depot-ts-proto.ts";

/** Each library's form is one. */
export const forms: ProtoClass[] = [ParcelSchema, interop.depot.Parcel, PlainParcel];
// @ts-expect-error a message is not a schema
export const message: ProtoClass = { $typeName: "interop.depot.Parcel", label: "" };

export class Depot extends Service {
  name = "depot";
  override messageEnvelope = ProtobufBase;

  @amqp("a", { protoClass: ParcelSchema }) named(parcel: Parcel, context: ContextOf<Depot>) {
    return [parcel.label, context.message.service.name, context.metadata.data_encoding];
  }
  @amqp("a", { protoClass: interop.depot.Parcel, validator: (parcel: Parcel) => parcel.label, maxDataBytes: 1 })
  all() {}
  @amqp("a", { messageEnvelope: ProtobufBase, protoClass: ParcelSchema, prefetch: 1 }) beside(
    parcel: Parcel,
    context: AmqpContext<ProtobufBaseMessage>,
  ) {
    return [parcel.weightGrams, context.message.metadata.topic];
  }

  // @ts-expect-error a slip in an option
  @amqp("a", { protoclass: ParcelSchema }) slip() {}
  // @ts-expect-error no message type
  @amqp("a", { protoClass: 5 }) wrong() {}
  // @ts-expect-error a class without the functions of a message
  @amqp("a", { protoClass: Date }) noMessage() {}
  // @ts-expect-error a validator is a function
  @amqp("a", { protoClass: ParcelSchema, validator: true }) noValidator() {}
  // @ts-expect-error JsonBase, named beside it, takes no such option
  @amqp("a", { messageEnvelope: JsonBase, protoClass: ParcelSchema }) notOfJson() {}
}

/** As pbts declares a class of protobufjs. */
declare class Crate {
  constructor(properties?: { weight?: number | null });
  weight: number;
  static encode(message: { weight?: number | null }, writer?: object): { finish(): Uint8Array };
  static decode(reader: protobufjs.Reader | Uint8Array, length?: number): Crate;
  static verify(message: { [name: string]: unknown }): string | null;
}
declare const someClass: ProtoClass;
declare const someSchema: DescMessage;
declare const anything: ReturnType<typeof JSON.parse>;
const reflected = protobufjs.Root.fromJSON({}).lookupType("Crate");

/** The handler's data is known by `protoClass`. */
export class Typed extends Service {
  name = "typed";
  override messageEnvelope = ProtobufBase;

  @amqp("a", { protoClass: PlaceSchema }) es({ city }: Place, { metadata }: ContextOf<Typed>) {
    return city + metadata.topic;
  }
  @amqp("a", { protoClass: Crate }) protobufjs(crate: Crate) {
    return crate.weight;
  }
  @amqp("a", { protoClass: PlainParcel, prefetch: 1 }) tsProto(parcel: PlainParcel) {
    return parcel.label;
  }
  @amqp("a", { messageEnvelope: ProtobufBase, protoClass: PlaceSchema }) named(place: { city: string }) {
    return place;
  }
  @amqp("a", { protoClass: PlaceSchema, batch: { size: 2, wait: "1ms" } }) batch(places: Place[]) {
    return places.map(() => undefined);
  }
  @amqp("a", { protoClass: PlaceSchema, schema: z.string() }) schema(text: string) {
    return text;
  }
  @amqp("a", { protoClass: undefined }) none(place: Place) {
    return place;
  }
  // The handler may declare what the type does not say.
  @amqp("a", { protoClass: someClass }) someClass(crate: Crate) {
    return crate;
  }
  @amqp("a", { protoClass: someSchema }) someSchema(crate: Crate) {
    return crate;
  }
  @amqp("a", { protoClass: reflected }) reflected(crate: { weight: number }) {
    return crate;
  }
  @amqp("a", { protoClass: interop.depot.Place }) untyped(place: { city: string }) {
    return place;
  }
  @amqp("a", { protoClass: anything }) any(place: { city: string }) {
    return place;
  }

  // @ts-expect-error another message of protobuf-es
  @amqp("a", { protoClass: PlaceSchema }) esWrong(parcel: Parcel) {
    return parcel;
  }
  // @ts-expect-error another message of protobufjs
  @amqp("a", { protoClass: Crate }) protobufjsWrong(crate: { weight: string }) {
    return crate;
  }
  // @ts-expect-error another message of ts-proto
  @amqp("a", { protoClass: PlainParcel }) tsProtoWrong(parcel: { label: number }) {
    return parcel;
  }
  // @ts-expect-error the same with the envelope beside it
  @amqp("a", { messageEnvelope: ProtobufBase, protoClass: PlaceSchema }) namedWrong(place: { city: number }) {
    return place;
  }
  // @ts-expect-error a batch hands over lists
  @amqp("a", { protoClass: PlaceSchema, batch: { size: 2, wait: "1ms" } }) batchWrong(places: Parcel[]) {
    return places.map(() => undefined);
  }
  // @ts-expect-error the schema has the last word
  @amqp("a", { protoClass: PlaceSchema, schema: z.string() }) schemaWrong(place: Place) {
    return place;
  }
}

export default defineService({
  name: "typed-too",
  messageEnvelope: ProtobufBase,
  handlers: {
    es: on(amqp("a", { protoClass: PlaceSchema }), ({ city, latitude }) => city + latitude.toFixed()),
    protobufjs: on(amqp("a", { protoClass: Crate }), (crate) => crate.weight.toFixed()),
    tsProto: on(amqp("a", { protoClass: PlainParcel }), (parcel) => parcel.serial === 1n),
    several: on([amqp("a", { protoClass: PlaceSchema }), amqp("b", { protoClass: Crate })], (either) =>
      "weight" in either ? either.weight : either.city,
    ),
    unknown: on(amqp("a", { protoClass: someClass }), (place: Place) => place),

    // @ts-expect-error no such member
    esWrong: on(amqp("a", { protoClass: PlaceSchema }), (place) => place.town),
    // @ts-expect-error another message
    protobufjsWrong: on(amqp("a", { protoClass: Crate }), (place: Place) => place),
    // @ts-expect-error no such member
    tsProtoWrong: on(amqp("a", { protoClass: PlainParcel }), (parcel) => parcel.weight),
  },
});

export const place: MessageOfProto<typeof PlaceSchema>["city"] = "Umeå";

const Events = cloudEvents({ mode: "binary", source: "/depot" });
// @ts-expect-error there is no such mode
cloudEvents({ mode: "batch", source: "/depot" });
// @ts-expect-error the sender is required
cloudEvents({ mode: "binary" });

export class Listener extends Service {
  name = "listener";
  override messageEnvelope = Events;

  @amqp("a") own(_data: unknown, context: ContextOf<Listener>) {
    const { id, source, type, time } = context.message;
    return [id, source, type, time?.length];
  }
  @amqp("a", { messageEnvelope: Events, maxPayloadBytes: 1 }) beside(
    _data: unknown,
    context: AmqpContext<CloudEventMessage>,
  ) {
    return context.message.specversion;
  }
  // @ts-expect-error protobuf's option
  @amqp("a", { messageEnvelope: Events, protoClass: ParcelSchema }) notOfEvents() {}
}

export async function publish(service: Service, parcel: Parcel): Promise<void> {
  const routingKey = "a";
  await amqpPublish(service, parcel, { routingKey, protoClass: ParcelSchema });
  await amqpPublish(service, parcel, { routingKey, messageEnvelope: ProtobufBase, protoClass: ParcelSchema });
  await amqpPublish(service, 1, { routingKey, event: { subject: "1", time: new Date(), count: 1, urgent: true } });
  await amqpPublish(service, 1, { routingKey, messageEnvelope: Events, event: { id: "1" } });
  // @ts-expect-error an option of the wrong type
  await amqpPublish(service, parcel, { routingKey, protoClass: "Parcel" });
  // @ts-expect-error the other envelope's option
  await amqpPublish(service, parcel, { routingKey, messageEnvelope: ProtobufBase, event: {} });
  // @ts-expect-error an attribute of the wrong type
  await amqpPublish(service, 1, { routingKey, messageEnvelope: Events, event: { subject: {} } });
}

const parcelGet = request("parcel.get", { envelope: ProtobufBase, replyOptions: { protoClass: ParcelSchema } });
// @ts-expect-error an option of the wrong type
request("parcel.get", { envelope: ProtobufBase, replyOptions: { protoClass: "Parcel" } });

export async function ask(service: Service, parcel: Parcel): Promise<void> {
  await amqpRequest(service, parcelGet, parcel, { protoClass: ParcelSchema, timeoutSeconds: 1 });
  await amqpRequest(service, "parcel.get", parcel, { protoClass: ParcelSchema });
  // @ts-expect-error an option of the wrong type
  await amqpRequest(service, parcelGet, parcel, { protoClass: "Parcel" });
}
