/** What is counted as it happens: messages, runs, connections. Names are OpenTelemetry's where it has one. */
import { Counter, Histogram, type Instrument } from "./instruments.ts";

/** As OpenTelemetry's conventions for messaging advise. */
const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** AMQP's timestamps are whole seconds. */
const queueTimeBounds = [1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600, 21_600, 86_400];

const system = ["messaging.system", "messaging.operation.name"];
const ofService = "tomodachi.service";
const ofHandler = [ofService, "tomodachi.handler"];
const template = "messaging.destination.template";
const sendingLabels = [...system, ofService, "messaging.destination.name", template, "error.type"];

export class Counted {
  readonly sent: Counter = new Counter({
    name: "messaging.client.sent.messages",
    help: "Messages that were published, requested or replied, by exchange and by the key of a contract.",
    unit: "{message}",
    labels: sendingLabels,
  });
  readonly operationDuration: Histogram = new Histogram({
    name: "messaging.client.operation.duration",
    help: "Time from the call to the confirm of the broker, or to the reply of a request.",
    unit: "s",
    labels: sendingLabels,
    bounds: durationBounds,
  });
  readonly unroutable: Counter = new Counter({
    name: "tomodachi.messages.unroutable",
    help: "Publishes that reached no queue.",
    unit: "{message}",
    labels: [ofService, "messaging.destination.name", template],
  });
  readonly consumed: Counter = new Counter({
    name: "messaging.client.consumed.messages",
    help: "Deliveries that were passed to a handler, or were rejected before it.",
    unit: "{message}",
    labels: [...system, ...ofHandler, template],
  });
  readonly processDuration: Histogram = new Histogram({
    name: "messaging.process.duration",
    help: "Time from the start of handling a delivery until it is settled, with all its runs in this process.",
    unit: "s",
    labels: [...system, ...ofHandler, template, "error.type"],
    bounds: durationBounds,
  });
  readonly queueTime: Histogram = new Histogram({
    name: "tomodachi.message.queue_time",
    help: "Time from the publish of a message to the start of its handling. AMQP timestamps are whole seconds.",
    unit: "s",
    labels: ofHandler,
    bounds: queueTimeBounds,
  });
  readonly inFlight: Counter = new Counter(
    {
      name: "tomodachi.messages.in_flight",
      help: "Deliveries that are being handled or settled.",
      unit: "{message}",
      labels: ofHandler,
    },
    "gauge",
  );
  readonly settled: Counter = new Counter({
    name: "tomodachi.messages.settled",
    help: "Deliveries by outcome: acknowledge, retry, requeue or dead-letter.",
    unit: "{message}",
    labels: [...ofHandler, "outcome"],
  });
  readonly retried: Counter = new Counter({
    name: "tomodachi.messages.retried",
    help: "Retries of failed messages: in this process, or delayed by a queue.",
    unit: "{message}",
    labels: [...ofHandler, "kind"],
  });
  readonly deadLettered: Counter = new Counter({
    name: "tomodachi.messages.dead_lettered",
    help: "Messages that were put into a dead-letter queue, by reason.",
    unit: "{message}",
    labels: [...ofHandler, "reason"],
  });
  readonly duplicates: Counter = new Counter({
    name: "tomodachi.messages.duplicates",
    help: "Duplicates: messages that were handled before and were not handled again.",
    unit: "{message}",
    labels: ofHandler,
  });
  readonly runDuration: Histogram = new Histogram({
    name: "tomodachi.run.duration",
    help: "Time of runs without a message, such as runs of schedules.",
    unit: "s",
    labels: [...ofHandler, "error.type"],
    bounds: durationBounds,
  });
  readonly reconnects: Counter = new Counter({
    name: "tomodachi.connection.reconnects",
    help: "How often a connection to the broker was opened again.",
    unit: "{connection}",
    labels: [ofService, "purpose", "connection"],
  });

  get all(): readonly Instrument[] {
    return Object.values(this) as Instrument[];
  }
}
