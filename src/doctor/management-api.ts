/** RabbitMQ's management API, read only: what AMQP cannot show. https://www.rabbitmq.com/docs/http-api-reference */
import { messageOf } from "../errors.ts";

export interface ManagementSettings {
  /** Such as `http://127.0.0.1:15672`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface ManagementAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where there is none. */
  readonly body: unknown;
  /** The clock of the broker's machine, to the second; undefined where it is not said. */
  readonly date: number | undefined;
  /** The time here in the middle of the request. */
  readonly askedAt: number;
}

const answerMs = 3000;

export class ManagementApi {
  readonly url: string;
  readonly #authorization: string;

  constructor({ url, username, password }: ManagementSettings) {
    this.url = url.replace(/\/+$/, "").replace(/\/api$/, "");
    this.#authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  }

  /** `segments` are joined and encoded: names may hold slashes. @throws Error that says why there is no answer */
  async get(...segments: readonly string[]): Promise<ManagementAnswer> {
    const path = segments.map(encodeURIComponent).join("/");
    const started = Date.now();
    try {
      const response = await fetch(`${this.url}/api/${path}`, {
        headers: { authorization: this.#authorization, accept: "application/json" },
        redirect: "error",
        signal: AbortSignal.timeout(answerMs),
      });
      const text = await response.text();
      const date = Date.parse(response.headers.get("date") ?? "");
      return {
        status: response.status,
        body: parsed(text),
        date: Number.isNaN(date) ? undefined : date,
        askedAt: (started + Date.now()) / 2,
      };
    } catch (error) {
      throw new Error(`${this.url} does not answer (${reasonOf(error)})`, { cause: error });
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What `fetch` throws has its reason inside. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return messageOf(cause ?? error);
}
