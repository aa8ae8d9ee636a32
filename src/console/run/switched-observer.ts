/** An observer whose watch can be replaced while the services run, because observers themselves are set before a run starts. */
import type { ServiceInstance } from "../../service/instance.ts";
import type {
  DeliveryObserver,
  ObservedDelivery,
  ObservedSending,
  SendingObserver,
} from "../../service/observed-work.ts";
import type { RunObserver } from "../../service/observer.ts";

/** Receives messages. */
export interface MessageWatch {
  sending(sending: ObservedSending): SendingObserver | undefined;
  delivered(delivery: ObservedDelivery): DeliveryObserver | undefined;
}

/** Creates the watch of a service. */
export type MessageWatchSource = (service: ServiceInstance) => MessageWatch;

export class SwitchedObserver implements RunObserver {
  #watch: MessageWatch | undefined;

  switchTo(watch: MessageWatch | undefined): void {
    this.#watch = watch;
  }

  sending(sending: ObservedSending): SendingObserver | undefined {
    return this.#watch?.sending(sending);
  }

  delivered(delivery: ObservedDelivery): DeliveryObserver | undefined {
    return this.#watch?.delivered(delivery);
  }
}

/** The observers of a run's services, which are switched together. */
export class SwitchedObservers {
  readonly #observers = new Map<ServiceInstance, SwitchedObserver>();

  readonly observerOf = (service: ServiceInstance): RunObserver => {
    const made = new SwitchedObserver();
    this.#observers.set(service, made);
    return made;
  };

  switchOn(source: MessageWatchSource): void {
    for (const [service, observer] of this.#observers) observer.switchTo(source(service));
  }

  switchOff(): void {
    for (const observer of this.#observers.values()) observer.switchTo(undefined);
  }
}
