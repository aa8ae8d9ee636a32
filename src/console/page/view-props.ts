/** What every view gets. */
import type { Api } from "./api.ts";
import type { PageState } from "./store.ts";

export interface ViewProps {
  readonly api: Api;
  readonly state: PageState;
  /** Shows a sentence for some seconds, and has a screen reader say it. */
  say(text: string, kind?: "good" | "bad"): void;
  /** What a look into a queue counted; it replaces the count of the stream until the next one. */
  counted(queue: string, messages: number): void;
  /** Opens a message of the list. */
  open(number: number): void;
  /** Opens another view: `dead-letters/orders-paid.dlq`. */
  go(place: string): void;
  /** What follows the name of the view in the address. */
  readonly detail: string;
}

/** In the dead-letter queues, as far as the broker was asked. */
export function deadLetterCount({ plan, live }: PageState): number {
  const queues = new Set(plan?.subscriptions.map(({ deadLetterQueue }) => deadLetterQueue));
  return [...queues].reduce((sum, queue) => sum + (live?.queues[queue]?.messages ?? 0), 0);
}
