/** What every view receives. */
import type { Api } from "./api.ts";
import type { PageState } from "./store.ts";

export interface ViewProps {
  readonly api: Api;
  readonly state: PageState;
  /** Shows a sentence for some seconds; a screen reader reads it. "" removes the sentence that is shown. */
  say(text: string, kind?: "good" | "bad"): void;
  /** Stores the count of a look into a queue. It replaces the count of the stream until the next one. */
  counted(queue: string, messages: number): void;
  /** Opens a message of the list. */
  open(number: number): void;
  /** Opens another view, such as `dead-letters/orders-paid.dlq`. */
  go(place: string): void;
  /** The part of the address after the name of the view. */
  readonly detail: string;
}

/** How many messages are in the dead-letter queues, as far as the broker was asked. */
export function deadLetterCount({ plan, live }: PageState): number {
  const queues = new Set(plan?.subscriptions.map(({ deadLetterQueue }) => deadLetterQueue));
  return [...queues].reduce((sum, queue) => sum + (live?.queues[queue]?.messages ?? 0), 0);
}
