/** Several observers as one: each is called for everything that it has a method for. */
import type { ServiceInstance } from "./instance.ts";
import type {
  DeliveryObserver,
  ObservedBatch,
  ObservedDelivery,
  ObservedRun,
  ObservedSending,
  SendingObserver,
  WorkObserver,
} from "./observed-work.ts";
import type { RunObserver } from "./observer.ts";

/** Returns the observer of one service of a run; undefined: this source does not observe it. */
export type ObserverSource = (service: ServiceInstance) => RunObserver | undefined;

/** Called once for each service, before its transports are made. Undefined without observers: then there is no cost. */
export function observerOf(sources: readonly ObserverSource[], service: ServiceInstance): RunObserver | undefined {
  const observers = sources.map((source) => source(service)).filter((observer) => observer !== undefined);
  return combineObservers(observers);
}

/** Returns one observer as it is. Several become one that has only the methods that one of them has, so that no unused event is made. */
export function combineObservers(observers: readonly RunObserver[]): RunObserver | undefined {
  if (observers.length <= 1) return observers[0];
  const has = (name: keyof RunObserver): boolean => observers.some((observer) => observer[name] !== undefined);
  const each = <T>(tell: (observer: RunObserver) => T | undefined): T[] =>
    observers.map(tell).filter((one) => one !== undefined);
  const together: RunObserver = {
    subscribed: (subscription) => void each((observer) => observer.subscribed?.(subscription)),
    declared: (made) => void each((observer) => observer.declared?.(made)),
    called: (call) => void each((observer) => observer.called?.(call)),
    settled: (settlement) => void each((observer) => observer.settled?.(settlement)),
    published: (publish) => void each((observer) => observer.published?.(publish)),
    sending: (sending: ObservedSending) => allSendings(each((observer) => observer.sending?.(sending))),
    delivered: (delivery: ObservedDelivery) => allDeliveries(each((observer) => observer.delivered?.(delivery))),
    batch: (batch: ObservedBatch) => allWork(each((observer) => observer.batch?.(batch))),
    run: (run: ObservedRun) => allWork(each((observer) => observer.run?.(run))),
    connection: (event) => void each((observer) => observer.connection?.(event)),
  };
  const listened = Object.entries(together).filter(([name]) => has(name as keyof RunObserver));
  return Object.fromEntries(listened);
}

function allSendings(all: readonly SendingObserver[]): SendingObserver | undefined {
  if (all.length <= 1) return all[0];
  return {
    built: (message) => headersOf(all.map((one) => one.built?.(message))),
    ended: (end) => {
      for (const one of all) one.ended(end);
    },
  };
}

function allDeliveries(all: readonly DeliveryObserver[]): DeliveryObserver | undefined {
  if (all.length <= 1) return all[0];
  return {
    around: (work) => nested(all, work),
    called: (context) => {
      for (const one of all) one.called?.(context);
    },
    runsAgain: (again) => {
      for (const one of all) one.runsAgain?.(again);
    },
    copying: (kind) => headersOf(all.map((one) => one.copying?.(kind))),
    copied: (copy) => {
      for (const one of all) one.copied?.(copy);
    },
    ended: (end) => {
      for (const one of all) one.ended(end);
    },
  };
}

function allWork(all: readonly WorkObserver[]): WorkObserver | undefined {
  if (all.length <= 1) return all[0];
  return {
    around: (work) => nested(all, work),
    ended: (error) => {
      for (const one of all) one.ended(error);
    },
  };
}

/** The first is the outermost. */
function nested<T>(all: readonly Pick<WorkObserver, "around">[], work: () => T): T {
  let inner = work;
  for (const one of [...all].reverse()) {
    const next = inner;
    if (one.around) inner = () => (one.around as NonNullable<WorkObserver["around"]>)(next);
  }
  return inner();
}

/** If several set the same header, the last value is used. */
function headersOf(
  all: readonly (Readonly<Record<string, unknown>> | undefined)[],
): Readonly<Record<string, unknown>> | undefined {
  const given = all.filter((headers) => headers !== undefined);
  return given.length === 0 ? undefined : Object.assign({}, ...given);
}
