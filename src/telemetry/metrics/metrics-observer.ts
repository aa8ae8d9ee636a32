/** Counts what one service does: an observer of its run. Each event is an addition or two; series are kept by handler and by pattern. */
import { classNameOf, textMemberOf } from "../../errors.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import type {
  DeliveryEnd,
  DeliveryObserver,
  ObservedConnection,
  ObservedCopy,
  ObservedDelivery,
  ObservedRun,
  ObservedSending,
  SendingEnd,
  SendingObserver,
  WorkObserver,
} from "../../service/observed-work.ts";
import type { ObservedSubscription, RunObserver } from "../../service/observer.ts";
import type { Outcome } from "../../service/outcome.ts";
import type { BlockedTime, ConnectionNames } from "./blocked-time.ts";
import type { Counted } from "./counted.ts";
import { type CounterSeries, type HistogramSeries, type LabelValue, mostSeries } from "./instruments.ts";

const system = "rabbitmq";
const outcomes: readonly Outcome["kind"][] = ["acknowledge", "retry", "requeue", "dead-letter"];

export class MetricsObserver implements RunObserver {
  readonly #service: string;
  readonly #counted: Counted;
  readonly #blocked: BlockedTime;
  readonly #handlers = new Map<string, HandlerMeter>();
  readonly #targets = new Map<string, TargetMeter>();

  constructor(service: ServiceInstance, counted: Counted, blocked: BlockedTime) {
    this.#service = service.name;
    this.#counted = counted;
    this.#blocked = blocked;
  }

  /** Prometheus sees a growth only from a number that was there before: a first dead letter must be visible. */
  subscribed({ handler }: ObservedSubscription): void {
    for (const outcome of outcomes) this.#counted.settled.series(this.#service, handler, outcome);
  }

  sending({ kind, exchange, template }: ObservedSending): SendingObserver {
    const key = `${kind} ${exchange}\0${template ?? ""}`;
    let meter = this.#targets.get(key);
    if (!meter) {
      meter = new TargetMeter([system, kind, this.#service, exchange, template], this.#counted);
      // What is published to thousands of exchanges is counted together, and is not worth a map that grows.
      if (this.#targets.size < mostSeries) this.#targets.set(key, meter);
    }
    return new SendingMeter(meter);
  }

  delivered(delivery: ObservedDelivery): DeliveryObserver {
    const { handler } = delivery;
    let meter = this.#handlers.get(handler);
    if (!meter) {
      meter = new HandlerMeter(this.#service, handler, this.#counted);
      this.#handlers.set(handler, meter);
    }
    return new DeliveryMeter(meter, delivery);
  }

  run({ handler }: ObservedRun): WorkObserver {
    const { runDuration } = this.#counted;
    const startedAt = performance.now();
    return {
      ended: (error) => {
        const type = error === undefined ? undefined : errorTypeOf(error);
        runDuration.record(runDuration.series(this.#service, handler, type), secondsSince(startedAt));
      },
    };
  }

  connection(event: ObservedConnection): void {
    const names: ConnectionNames = [this.#service, event.purpose, event.connection];
    if (event.kind === "opened" && event.again) this.#counted.reconnects.series(...names).value++;
    if (event.kind === "blocked") this.#blocked.begin(names);
    if (event.kind === "unblocked") this.#blocked.end(names);
  }
}

/** The series of one kind of sending to one exchange. */
class TargetMeter {
  readonly #labels: readonly LabelValue[];
  readonly #counted: Counted;
  readonly #sent: CounterSeries;
  readonly #duration: HistogramSeries;

  constructor(labels: readonly LabelValue[], counted: Counted) {
    this.#labels = labels;
    this.#counted = counted;
    this.#sent = counted.sent.series(...labels, undefined);
    this.#duration = counted.operationDuration.series(...labels, undefined);
  }

  ended(seconds: number, { error, returned }: SendingEnd): void {
    const { sent, operationDuration, unroutable } = this.#counted;
    const failed = error === undefined ? undefined : [...this.#labels, errorTypeOf(error)];
    (failed ? sent.series(...failed) : this.#sent).value++;
    operationDuration.record(failed ? operationDuration.series(...failed) : this.#duration, seconds);
    if (returned) unroutable.series(...this.#labels.slice(2)).value++;
  }
}

class SendingMeter implements SendingObserver {
  readonly #target: TargetMeter;
  readonly #startedAt = performance.now();

  constructor(target: TargetMeter) {
    this.#target = target;
  }

  ended(end: SendingEnd): void {
    this.#target.ended(secondsSince(this.#startedAt), end);
  }
}

/** The series of one handler. */
class HandlerMeter {
  readonly inFlight: CounterSeries;
  readonly queueTime: HistogramSeries;
  readonly counted: Counted;
  readonly #names: readonly [service: string, handler: string];
  readonly #consumed = new Map<string, CounterSeries>();
  readonly #processed = new Map<string, HistogramSeries>();
  readonly #settled = new Map<string, CounterSeries>();

  constructor(service: string, handler: string, counted: Counted) {
    this.#names = [service, handler];
    this.counted = counted;
    this.inFlight = counted.inFlight.series(service, handler);
    this.queueTime = counted.queueTime.series(service, handler);
  }

  began(template: string, timestamp: number | undefined): void {
    let consumed = this.#consumed.get(template);
    if (!consumed) {
      consumed = this.counted.consumed.series(system, "deliver", ...this.#names, template);
      this.#consumed.set(template, consumed);
    }
    consumed.value++;
    this.inFlight.value++;
    if (timestamp === undefined) return;
    this.counted.queueTime.record(this.queueTime, Math.max(0, Date.now() / 1000 - timestamp));
  }

  ended(template: string, seconds: number, { outcome, duplicate, error }: DeliveryEnd): void {
    const { processDuration } = this.counted;
    this.inFlight.value--;
    this.#settledAs(outcome.kind).value++;
    if (duplicate) this.counted.duplicates.series(...this.#names).value++;
    if (error !== undefined) {
      const failed = processDuration.series(system, "process", ...this.#names, template, errorTypeOf(error));
      processDuration.record(failed, seconds);
      return;
    }
    let processed = this.#processed.get(template);
    if (!processed) {
      processed = processDuration.series(system, "process", ...this.#names, template, undefined);
      this.#processed.set(template, processed);
    }
    processDuration.record(processed, seconds);
  }

  retried(kind: "in-process" | "delayed"): void {
    this.counted.retried.series(...this.#names, kind).value++;
  }

  deadLettered(reason: string): void {
    this.counted.deadLettered.series(...this.#names, reason).value++;
  }

  #settledAs(outcome: string): CounterSeries {
    let settled = this.#settled.get(outcome);
    if (!settled) {
      settled = this.counted.settled.series(...this.#names, outcome);
      this.#settled.set(outcome, settled);
    }
    return settled;
  }
}

/** One delivery, from its turn until it is settled. */
class DeliveryMeter implements DeliveryObserver {
  readonly #meter: HandlerMeter;
  readonly #template: string;
  readonly #startedAt = performance.now();

  constructor(meter: HandlerMeter, { template, timestamp }: ObservedDelivery) {
    this.#meter = meter;
    this.#template = template;
    meter.began(template, timestamp);
  }

  runsAgain(): void {
    this.#meter.retried("in-process");
  }

  copied(copy: ObservedCopy): void {
    if (copy.kind === "retry") this.#meter.retried("delayed");
    else this.#meter.deadLettered(copy.reason);
  }

  ended(end: DeliveryEnd): void {
    this.#meter.ended(this.#template, secondsSince(this.#startedAt), end);
  }
}

/** Our code, or a class: anything else an error says may be different each time. Neither is longer than a name may be. */
function errorTypeOf(error: unknown): string {
  const code = textMemberOf(error, "code");
  return code !== undefined && /^ERR_[A-Z0-9_]{1,60}$/.test(code) ? code : classNameOf(error).slice(0, 200);
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
