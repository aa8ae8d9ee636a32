/** The stream to the open pages: the plan once, then twice in a second what has changed. Without a page nothing runs. */
import type { ServerResponse } from "node:http";
import type { ConsoleSource } from "./console-source.ts";

const tickMs = 500;
/** A page that is loaded again comes back: the source is left running for so long. */
const lingerMs = 10_000;
/** Sent when nothing else is, so that the page knows that the process lives. */
const aliveMs = 5000;
/** A page that reads slowly gets no more before it has read this, in bytes: what it misses is in the next state. */
const mostUnread = 512 * 1024;

interface Client {
  readonly response: ServerResponse;
  /** What it got last, by event, as text. */
  readonly sent: Map<string, string>;
  messages: number;
  logs: number;
  quietSince: number;
}

export class ConsoleStream {
  readonly #source: ConsoleSource;
  readonly #clients = new Set<Client>();
  #ticking: NodeJS.Timeout | undefined;
  #leaving: NodeJS.Timeout | undefined;
  #lastTick = 0;
  #running = false;

  constructor(source: ConsoleSource) {
    this.#source = source;
  }

  /** Adds a page; it stays until it closes its connection. */
  add(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
    const client = { response, sent: new Map<string, string>(), messages: 0, logs: 0, quietSince: performance.now() };
    this.#clients.add(client);
    response.once("close", () => this.#remove(client));
    this.#start();
    write(client, "plan", JSON.stringify(this.#source.plan));
    this.#tick();
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
    await this.#source.stop();
  }

  #tick(): void {
    const now = performance.now();
    // A page that has just come asks within the same tick: its look must not be taken for a rate.
    const seconds = (now - this.#lastTick) / 1000;
    const live = JSON.stringify(this.#source.tick(Math.max(seconds, 0.05)));
    this.#lastTick = now;
    for (const client of this.#clients) this.#send(client, live, now);
  }

  #send(client: Client, live: string, now: number): void {
    if (client.response.writableLength > mostUnread) return;
    const before = client.quietSince;
    writeChanged(client, "live", live);
    const messages = this.#source.messages(client.messages);
    if (messages.rows.length > 0 || messages.leftOut > 0) {
      client.messages = messages.rows.at(-1)?.number ?? client.messages;
      write(client, "messages", JSON.stringify(messages));
    }
    const logs = this.#source.logs(client.logs);
    if (logs.length > 0) {
      client.logs = logs.at(-1)?.number ?? client.logs;
      write(client, "logs", JSON.stringify(logs));
    }
    if (client.quietSince === before && now - before > aliveMs) write(client, "alive", "{}");
  }
}

/** The time alone is no change. */
function writeChanged(client: Client, event: string, text: string): void {
  const compared = text.replace(/^\{"at":\d+,/, "{");
  if (client.sent.get(event) === compared) return;
  client.sent.set(event, compared);
  write(client, event, text);
}

/** JSON has no line breaks, so one line of data is enough (HTML, 9.2.5: the event stream format). */
function write(client: Client, event: string, json: string): void {
  client.quietSince = performance.now();
  client.response.write(`event: ${event}\ndata: ${json}\n\n`);
}
