// @RabbitSubscribe on an existing queue; its handler returns, and the message is acknowledged.
import { RabbitSubscribe } from "@golevelup/nestjs-rabbitmq";
import { Injectable } from "@nestjs/common";
import { finished, report, settings, tick } from "../../workloads/meter.mjs";
import { startApplication } from "./application.mjs";

class Counter {
  async count({ data }) {
    tick(data.id);
  }
}
const descriptor = Object.getOwnPropertyDescriptor(Counter.prototype, "count");
RabbitSubscribe({ queue: settings.queue, createQueueIfNotExists: false })(Counter.prototype, "count", descriptor);
Injectable()(Counter);

const application = await startApplication([Counter], settings.prefetch);
await finished;
await application.close();
report();
