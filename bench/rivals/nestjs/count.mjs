// The RabbitMQ transport of NestJS: an event handler that acknowledges by hand, as its documentation has it.
import "reflect-metadata";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { Ctx, EventPattern, Payload, Transport } from "@nestjs/microservices";
import { finished, report, settings, tick } from "../../workloads/meter.mjs";

class Counter {
  async count(data, context) {
    tick(data.id);
    context.getChannelRef().ack(context.getMessage());
  }
}
Payload()(Counter.prototype, "count", 0);
Ctx()(Counter.prototype, "count", 1);
EventPattern("count")(Counter.prototype, "count", Object.getOwnPropertyDescriptor(Counter.prototype, "count"));
Controller()(Counter);

class Root {}
Module({ controllers: [Counter] })(Root);

const service = await NestFactory.createMicroservice(Root, {
  logger: false,
  transport: Transport.RMQ,
  options: {
    urls: [process.env.TOMODACHI_AMQP_URL],
    queue: settings.queue,
    noAssert: true,
    noAck: false,
    prefetchCount: settings.prefetch,
    // The envelope of the benchmark's messages has another form than that of NestJS.
    deserializer: { deserialize: ({ data }) => ({ pattern: "count", data }) },
  },
});
await service.listen();
await finished;
await service.close();
report();
