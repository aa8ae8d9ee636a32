/** The stream to the open pages: the plan once, then twice a second what has changed. Without an open page nothing runs. */
import type { ServerResponse } from "node:http";
import type { ConsoleSource } from "./console-source.ts";

const tickMs = 500;
/** A page that is reloaded comes back, so the source keeps running for this time, in milliseconds. */
const lingerMs = 10_000;
/** How long the stream may be silent, in milliseconds. Then a message tells the page that the process still runs. */
const aliveMs = 5000;
/** A page that reads slowly gets nothing more while this many bytes are unread. The next state contains what it misses. */
const mostUnread = 512 * 1024;

/** The state as it is sent, and as it is compared: the time alone does not count as a change. */
interface State {
  readonly sent: string;
  readonly compared: string;
}

interface Client {
  readonly response: ServerResponse;
  /** The last state that it received. */
  compared: string;
  messages: number;
  logs: number;
  quietSince: number;
}

export class ConsoleStream {
  readonly #source: ConsoleSource;
  readonly #stopped: () => void;
  readonly #clients = new Set<Client>();
  #ticking: NodeJS.Timeout | undefined;
  #leaving: NodeJS.Timeout | undefined;
  #lastTick = 0;
  #state: State | undefined;
  /** The lists of this tick, so that many pages cost little more than one: each list as text, by the number after which it begins. */
  readonly #lists = new Map<string, List>();
  #running = false;

  /** `stopped` is called when no page is open any more. */
  constructor(source: ConsoleSource, stopped: () => void) {
    this.#source = source;
    this.#stopped = stopped;
  }

  /** Adds a page. It stays until it closes its connection. */
  add(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
    const client = { response, compared: "", messages: 0, logs: 0, quietSince: performance.now() };
    this.#clients.add(client);
    response.once("close", () => this.#remove(client));
    this.#start();
    write(client, "plan", JSON.stringify(this.#source.plan));
    const now = performance.now();
    // A reading between two ticks would falsify the rates, so the last state is sent.
    if (this.#state && now - this.#lastTick < tickMs) this.#send(client, this.#state, now);
    else this.#tick();
  }

  async close(): Promise<void> {
    for (const { response } of this.#clients) response.destroy();
    this.#clients.clear();
    await this.#stop();
  }

  #start(): void {
    clearTimeout(this.#leaving);
    this.#ticking ??= setInterval(() => this.#tick(), tickMs).unref();
    if (this.#running) return;
    this.#running = true;
    this.#source.start();
  }

  #remove(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => void this.#stop(), lingerMs).unref();
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#leaving);
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    if (!this.#running) return;
    this.#running = false;
    this.#state = undefined;
    this.#lists.clear();
    this.#stopped();
    await this.#source.stop();
  }

  #tick(): void {
    const now = performance.now();
    const live = this.#source.tick(Math.max((now - this.#lastTick) / 1000, 0.05));
    const sent = JSON.stringify(live);
    // The time is the first member of the JSON.
    const state = { sent, compared: sent.slice(sent.indexOf(",")) };
    this.#state = state;
    this.#lastTick = now;
    this.#lists.clear();
    for (const client of this.#clients) this.#send(client, state, now);
  }

  #send(client: Client, { sent, compared }: State, now: number): void {
    if (client.response.writableLength > mostUnread) return;
    const before = client.quietSince;
    if (client.compared !== compared) {
      client.compared = compared;
      write(client, "live", sent);
    }
    const messages = this.#list(`messages ${client.messages}`, () => {
      const view = this.#source.messages(client.messages);
      return { view, isEmpty: view.rows.length === 0 && view.leftOut === 0, last: view.rows.at(-1)?.number };
    });
    if (messages) {
      client.messages = messages.last ?? client.messages;
      write(client, "messages", messages.json);
    }
    const logs = this.#list(`logs ${client.logs}`, () => {
      const view = this.#source.logs(client.logs);
      return { view, isEmpty: view.length === 0, last: view.at(-1)?.number };
    });
    if (logs) {
      client.logs = logs.last ?? client.logs;
      write(client, "logs", logs.json);
    }
    if (client.quietSince === before && now - before > aliveMs) write(client, "alive", "{}");
  }

  /** The list as text; undefined if there is nothing new. */
  #list(
    key: string,
    look: () => { readonly view: unknown; readonly isEmpty: boolean; readonly last: number | undefined },
  ): List {
    if (this.#lists.has(key)) return this.#lists.get(key);
    const { view, isEmpty, last } = look();
    const list = isEmpty ? undefined : { json: JSON.stringify(view), last };
    this.#lists.set(key, list);
    return list;
  }
}

/** Undefined if there is nothing new. */
type List = { readonly json: string; readonly last: number | undefined } | undefined;

/** JSON has no line breaks, so one line of data is enough (HTML, 9.2.5: the event stream format). */
function write(client: Client, event: string, json: string): void {
  client.quietSince = performance.now();
  client.response.write(`event: ${event}\ndata: ${json}\n\n`);
}
