/** What the page knows: the last state of the stream, and the growing lists. */
import type { LiveView, LogLine, MessageRow } from "../view/live-view.ts";
import type { PlanView } from "../view/plan-view.ts";
import { AccessError, type Api, type StreamListener } from "./api.ts";

export interface PageState {
  readonly plan: PlanView | undefined;
  readonly live: LiveView | undefined;
  /** How far the clock of the process is ahead of this one, in milliseconds: countdowns use the clock of the process. */
  readonly clockAhead: number;
  /** The messages, the latest last. */
  readonly messages: readonly MessageRow[];
  /** How many messages of the last moment have no line. */
  readonly leftOut: number;
  readonly logs: readonly LogLine[];
  readonly link: "connecting" | "open" | "lost" | "refused";
}

const mostRows = 400;
const mostLogs = 600;
const pauseMs = 1000;

export class Store implements StreamListener {
  #state: PageState = {
    plan: undefined,
    live: undefined,
    clockAhead: 0,
    messages: [],
    leftOut: 0,
    logs: [],
    link: "connecting",
  };
  readonly #listeners = new Set<() => void>();

  get state(): PageState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Connects, and connects again whenever the process has ended, until the process refuses the token. */
  async follow(api: Api): Promise<void> {
    for (;;) {
      try {
        await api.stream(this, new AbortController().signal);
      } catch (error) {
        if (error instanceof AccessError) return this.#set({ link: "refused" });
      }
      this.#set({ link: "lost" });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** A process that was started again numbers its messages from 1 again. */
  plan(plan: PlanView): void {
    this.#set({ plan, link: "open", messages: [], logs: [] });
  }

  live(live: LiveView): void {
    this.#set({ live, clockAhead: live.at - Date.now() });
  }

  /** Stores the number of messages that a look into a queue found. */
  counted(queue: string, messages: number): void {
    const { live } = this.#state;
    if (!live) return;
    const consumers = live.queues[queue]?.consumers ?? 0;
    this.#set({ live: { ...live, queues: { ...live.queues, [queue]: { messages, consumers } } } });
  }

  messages({ rows, leftOut }: { readonly rows: readonly MessageRow[]; readonly leftOut: number }): void {
    this.#set({ messages: [...this.#state.messages, ...rows].slice(-mostRows), leftOut });
  }

  logs(logs: readonly LogLine[]): void {
    this.#set({ logs: [...this.#state.logs, ...logs].slice(-mostLogs) });
  }

  #set(changes: Partial<PageState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}
