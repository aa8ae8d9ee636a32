/** The requests of the page to the process. The address contains the token once; after that it stays in this tab. */
import type { LiveView, LogLine, MessagesView } from "../view/live-view.ts";
import type {
  BodyView,
  ChangesView,
  DeadLettersView,
  MessageView,
  OpenedDeadLetter,
  RemovalReport,
  ReplayReport,
  Verdict,
} from "../view/message-view.ts";
import type { PlanView } from "../view/plan-view.ts";

const storedToken = "tomodachi-console-token";

/** Removes the token from the address, so that it is not copied with the address. */
export function takeToken(): string {
  const given = location.hash.slice(1);
  if (given !== "" && !given.startsWith("/")) {
    sessionStorage.setItem(storedToken, given);
    history.replaceState(undefined, "", `${location.pathname}#/flow`);
  }
  return sessionStorage.getItem(storedToken) ?? "";
}

/** The result of a publish by hand. */
export interface PublishedByHand {
  readonly routingKey: string;
  readonly exchange: string;
  readonly messageId?: string | undefined;
  readonly routed: boolean;
  /** A key that was probably meant, if this one reached no queue. */
  readonly similarKey?: string | undefined;
}

/** Another value for the same member of several bodies. Without a value the member is removed. */
export interface Change {
  /** For example `data.total`. */
  readonly path: string;
  readonly value?: unknown;
}

/** What is replayed with another body: one message, or each message with the same changes. */
export interface Edit {
  readonly body?: string;
  readonly changes?: readonly Change[];
}

export interface PublishForm {
  readonly subscription: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly routingKey: string;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly unchecked: boolean;
}

export class Api {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  message(number: number): Promise<MessageView> {
    return this.#ask(`/api/message?number=${number}`);
  }

  deadLetters(queue: string): Promise<DeadLettersView> {
    return this.#ask(`/api/dead-letters?queue=${encodeURIComponent(queue)}`);
  }

  deadLetter(queue: string, key: string): Promise<OpenedDeadLetter> {
    return this.#ask(`/api/dead-letter?queue=${encodeURIComponent(queue)}&key=${encodeURIComponent(key)}`);
  }

  check(queue: string, key: string, body: string): Promise<BodyView> {
    return this.#ask("/api/check", { queue, key, body });
  }

  /** Replays the messages with these keys; without keys, all in the queue. */
  replay(queue: string, keys: readonly string[] | undefined, edit: Edit = {}): Promise<ReplayReport> {
    return this.#ask("/api/replay", { queue, keys, ...edit });
  }

  remove(queue: string, keys: readonly string[]): Promise<RemovalReport> {
    return this.#ask("/api/remove", { queue, keys });
  }

  checkChanges(queue: string, keys: readonly string[] | undefined, changes: readonly Change[]): Promise<ChangesView> {
    return this.#ask("/api/check-changes", { queue, keys, changes });
  }

  /** The verdict of a handler's schema about data for a publish. */
  checkData(subscription: string, data: unknown): Promise<Verdict> {
    return this.#ask("/api/check-data", { subscription, data });
  }

  publish(form: PublishForm): Promise<PublishedByHand> {
    return this.#ask("/api/publish", form);
  }

  async pause(handler: string, paused: boolean): Promise<void> {
    await this.#ask(paused ? "/api/pause" : "/api/resume", { handler });
  }

  /** Makes a test of these messages. */
  record(numbers: readonly number[]): Promise<{ readonly file: string; readonly left: readonly string[] }> {
    return this.#ask("/api/record", { numbers });
  }

  /** Reads the stream until the signal aborts or the process has ended. @throws AccessError if the token is wrong */
  async stream(listener: StreamListener, signal: AbortSignal): Promise<void> {
    const response = await fetch("/api/stream", { headers: this.#headers(), signal });
    if (response.status === 401) throw new AccessError();
    if (!response.ok || !response.body) throw new Error(await reasonOf(response));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) tell(event, listener);
    }
  }

  async #ask<T>(path: string, body?: unknown): Promise<T> {
    const given = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const headers = { ...this.#headers(), ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const response = await fetch(path, { ...given, headers });
    if (!response.ok) throw new Error(await reasonOf(response));
    return (await response.json()) as T;
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#token}` };
  }
}

/** The process refuses the token. */
export class AccessError extends Error {}

export interface StreamListener {
  plan(plan: PlanView): void;
  live(live: LiveView): void;
  messages(messages: MessagesView): void;
  logs(logs: readonly LogLine[]): void;
}

function tell(event: string, listener: StreamListener): void {
  const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
  if (data === undefined) return;
  const value: unknown = JSON.parse(data);
  if (name === "plan") listener.plan(value as PlanView);
  if (name === "live") listener.live(value as LiveView);
  if (name === "messages") listener.messages(value as MessagesView);
  if (name === "logs") listener.logs(value as readonly LogLine[]);
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { readonly error?: string };
    return error ?? response.statusText;
  } catch {
    return response.statusText;
  }
}
