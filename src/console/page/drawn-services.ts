/** The services in the order of the picture: those with queues first. A service without handlers is only named. */
import type { OtherHandlerView, PlanView, SubscriptionView } from "../view/plan-view.ts";

export interface DrawnService {
  readonly name: string;
  readonly subscriptions: readonly SubscriptionView[];
  /** Routes and schedules. */
  readonly others: readonly OtherHandlerView[];
}

export interface DrawnServices {
  readonly drawn: readonly DrawnService[];
  /** The names of services without handlers. */
  readonly withoutHandlers: readonly string[];
}

export function drawnServices({ services, subscriptions, others }: PlanView): DrawnServices {
  const all = services.map((name) => ({
    name,
    subscriptions: subscriptions.filter(({ service }) => service === name),
    others: others.filter(({ service }) => service === name),
  }));
  const withQueues = all.filter((one) => one.subscriptions.length > 0);
  const withoutQueues = all.filter((one) => one.subscriptions.length === 0);
  return {
    drawn: [...withQueues, ...withoutQueues.filter((one) => one.others.length > 0)],
    withoutHandlers: withoutQueues.filter((one) => one.others.length === 0).map(({ name }) => name),
  };
}

/** Queues that were given by name belong to no known service. */
export function serviceTitle(name: string): string {
  return name === "" ? "Named queues" : name;
}
