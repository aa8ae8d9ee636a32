/** What ProtobufBase and cloudEvents() say of their options, beside a decorator, a service and a publish. */
import {
  type AmqpContext,
  amqp,
  amqpPublish,
  amqpRequest,
  type ContextOf,
  JsonBase,
  request,
  Service,
} from "tomodachi";
import { type CloudEventMessage, cloudEvents } from "tomodachi/cloudevents";
import { ProtobufBase, type ProtobufBaseMessage, type ProtoClass } from "tomodachi/protobuf";
import { type Parcel, ParcelSchema } from "../vectors/depot_pb.ts";
import { interop } from "../vectors/depot-pbjs.js";
import { Parcel as PlainParcel } from "../vectors/depot-ts-proto.ts";

/** Each library's form is one. */
export const forms: ProtoClass[] = [ParcelSchema, interop.depot.Parcel, PlainParcel];
// @ts-expect-error a message is no schema
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

const Events = cloudEvents({ mode: "binary", source: "/depot" });
// @ts-expect-error there is no such mode
cloudEvents({ mode: "batch", source: "/depot" });
// @ts-expect-error who sends must be said
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
