/** The numbers of one run: what is counted as it happens, and what its health says at the time of reading. */
import type { ObserverSource } from "../../service/combine-observers.ts";
import type { ConsumerHealth, ServiceHealth, TransportHealth } from "../../service/health.ts";
import { BlockedTime } from "./blocked-time.ts";
import { Counted } from "./counted.ts";
import { EventLoopDelay } from "./event-loop-delay.ts";
import { type Instrument, Observed, type Row } from "./instruments.ts";
import { MetricsObserver } from "./metrics-observer.ts";

const handlerLabels = ["tomodachi.service", "tomodachi.handler"];
/** The last one is that of a named connection. */
const consumerLabels = [...handlerLabels, "queue", "connection"];
const connectionLabels = ["tomodachi.service", "purpose", "connection"];

export class RunMetrics {
  readonly #counted = new Counted();
  readonly #blocked = new BlockedTime();
  readonly #delay = new EventLoopDelay();
  #health: () => readonly ServiceHealth[] = () => [];

  /** Counts what a service does. */
  readonly observe: ObserverSource = (service) => new MetricsObserver(service, this.#counted, this.#blocked);

  /** From now on the health of a run is read as well, until `stop`. */
  start(health: () => readonly ServiceHealth[]): void {
    this.#health = health;
    this.#delay.start();
  }

  stop(): void {
    this.#delay.stop();
  }

  /** Everything, in the order of the output. */
  readonly instruments: readonly Instrument[] = [
    ...this.#counted.all,
    this.#gauge("tomodachi.service.healthy", "1 while the service is healthy.", "1", ["tomodachi.service"], (health) =>
      health.map(({ service, healthy }) => [Number(healthy), service]),
    ),
    this.#gauge("tomodachi.consumer.healthy", "1 while the consumer is healthy.", "1", consumerLabels, (health) =>
      consumersOf(health, ({ healthy }) => Number(healthy)),
    ),
    this.#gauge(
      "tomodachi.consumer.unacknowledged",
      "Deliveries that arrived and are not settled yet, running or waiting.",
      "{message}",
      consumerLabels,
      (health) => consumersOf(health, ({ unacknowledged }) => unacknowledged),
    ),
    this.#gauge(
      "tomodachi.handler.paused",
      "1 while the handler is paused, by request or because of failures.",
      "1",
      handlerLabels,
      pausedOf,
    ),
    this.#gauge(
      "tomodachi.connection.up",
      "1 while the connection is open, or was not needed yet.",
      "1",
      connectionLabels,
      connectionsOf,
    ),
    this.#gauge(
      "tomodachi.publisher.waiting",
      "Publishes that are not sent yet.",
      "{message}",
      ["tomodachi.service"],
      (health) => publishersOf(health, ({ waiting }) => waiting),
    ),
    this.#gauge(
      "tomodachi.publisher.unconfirmed",
      "Publishes that are sent and not confirmed yet.",
      "{message}",
      ["tomodachi.service"],
      (health) => publishersOf(health, ({ unconfirmed }) => unconfirmed),
    ),
    this.#gauge(
      "tomodachi.publisher.blocked",
      "1 while the broker blocks publishes.",
      "1",
      ["tomodachi.service"],
      (health) => publishersOf(health, ({ blocked }) => Number(blocked)),
    ),
    new Observed(
      "counter",
      {
        name: "tomodachi.connection.blocked_time",
        help: "Total time for which the broker blocked the connection.",
        unit: "s",
        labels: connectionLabels,
      },
      () => this.#blocked.read(),
    ),
    new Observed(
      "counter",
      {
        name: "tomodachi.schedule.skipped",
        help: "Due times of schedules that were skipped.",
        unit: "{run}",
        labels: handlerLabels,
      },
      () => skippedOf(this.#health()),
    ),
    ...(["p50", "p99", "max"] as const).map(
      (what) =>
        new Observed(
          "gauge",
          {
            name: `nodejs.eventloop.delay.${what}`,
            help: `Delay of the event loop in the last window of at least 10 seconds (${what}).`,
            unit: "s",
            labels: [],
          },
          () => this.#delay.read(what),
        ),
    ),
  ];

  #gauge(
    name: string,
    help: string,
    unit: string,
    labels: readonly string[],
    rows: (health: readonly ServiceHealth[]) => readonly Row[],
  ): Observed {
    return new Observed("gauge", { name, help, unit, labels }, () => rows(this.#health()));
  }
}

function transportsOf(health: readonly ServiceHealth[]): readonly (readonly [string, TransportHealth])[] {
  return health.flatMap(({ service, transports }) => transports.map((transport) => [service, transport] as const));
}

function consumersOf(health: readonly ServiceHealth[], value: (consumer: ConsumerHealth) => number): readonly Row[] {
  return transportsOf(health).flatMap(([service, { consumers }]) =>
    consumers.map((one): Row => [value(one), service, one.handler, one.queue, one.connection]),
  );
}

function publishersOf(
  health: readonly ServiceHealth[],
  value: (publisher: NonNullable<TransportHealth["publisher"]>) => number,
): readonly Row[] {
  return transportsOf(health).flatMap(([service, { publisher }]): readonly Row[] =>
    publisher ? [[value(publisher), service]] : [],
  );
}

/** A handler has several consumers or schedules where it has several decorators: one that is paused counts. */
function pausedOf(health: readonly ServiceHealth[]): readonly Row[] {
  const paused = new Map<string, [number, string, string]>();
  for (const [service, { consumers, schedules = [] }] of transportsOf(health)) {
    for (const one of [...consumers, ...schedules]) {
      const key = `${service}\0${one.handler}`;
      const before = paused.get(key)?.[0] ?? 0;
      paused.set(key, [Math.max(before, Number(one.paused !== undefined)), service, one.handler]);
    }
  }
  return [...paused.values()];
}

/** Several connections of one purpose to one broker count as up when all are. */
function connectionsOf(health: readonly ServiceHealth[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const [service, { connections }] of transportsOf(health)) {
    for (const { purpose, connection, healthy } of connections) {
      const key = JSON.stringify([service, purpose, connection]);
      const [before] = rows.get(key) ?? [1];
      rows.set(key, [Math.min(before, Number(healthy)), service, purpose, connection]);
    }
  }
  return [...rows.values()];
}

function skippedOf(health: readonly ServiceHealth[]): readonly Row[] {
  const skipped = new Map<string, [number, string, string]>();
  for (const [service, { schedules = [] }] of transportsOf(health)) {
    for (const { handler, skipped: count } of schedules) {
      const key = `${service}\0${handler}`;
      skipped.set(key, [(skipped.get(key)?.[0] ?? 0) + count, service, handler]);
    }
  }
  return [...skipped.values()];
}
