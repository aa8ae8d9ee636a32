// A run with a console, and a client that is not a browser.
import { request as httpRequest } from "node:http";
import { LogLines } from "../../src/console/run/log-lines.ts";
import { consoleOfRun } from "../../src/console/run-console.ts";
import type { Service, ServiceClass, ServiceRun } from "../../src/index.ts";
import { createTappedLogger } from "../../src/log/logger.ts";
import { runServicesAnd } from "../../src/run-services.ts";

export const token = "a-token-for-tests-0123456789";

export interface ConsoleUnderTest extends AsyncDisposable {
  readonly run: ServiceRun;
  /** With the token. */
  readonly address: string;
  /** `http://127.0.0.1:port` */
  readonly origin: string;
}

/** Runs services with a console on a free port. */
export async function runWithConsole(...services: readonly (Service | ServiceClass)[]): Promise<ConsoleUnderTest> {
  const logLines = new LogLines();
  const logger = await createTappedLogger({ destination: { write: () => {} } }, (line) => logLines.add(line));
  let address = "";
  const opened = (given: string): void => {
    address = given;
  };
  const part = consoleOfRun({
    port: 0,
    anyPort: false,
    isAsked: true,
    token,
    version: "1.2.3",
    logLines,
    loaded: { files: [], testFolder: "/", redact: undefined },
    opened,
  });
  const run = await runServicesAnd([part], services, { logger, environment: {} });
  const { origin } = new URL(address);
  return { run, address, origin, [Symbol.asyncDispose]: async () => void (await run.stop()) };
}

type Json = Record<string, unknown>;

/** Asks as the page does. */
export async function ask<T = Json>(origin: string, path: string, body?: unknown, headers: Json = {}): Promise<T> {
  const response = await request(origin, path, body, headers);
  const answer = (await response.json()) as T & { readonly error?: string };
  if (!response.ok) throw new Error(`${response.status}: ${answer.error}`);
  return answer;
}

export function request(origin: string, path: string, body?: unknown, headers: Json = {}): Promise<Response> {
  const given = { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers };
  const init =
    body === undefined ? {} : { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) };
  return fetch(origin + path, { ...init, headers: given as Record<string, string> });
}

/** fetch does not let a program choose its Host: the status that a request with these headers is answered with. */
export function statusFor(
  origin: string,
  headers: Readonly<Record<string, string>>,
  { path = "/api/stream", method = "GET" }: { readonly path?: string; readonly method?: string } = {},
): Promise<number | undefined> {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      resolve(response.statusCode);
      response.destroy();
    });
    asked.on("error", reject);
    asked.end(method === "POST" ? "{}" : undefined);
  });
}

/** The stream, read until an event fits. */
export class StreamReader implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #events: { readonly name: string; readonly data: unknown }[] = [];
  readonly #waiting = new Set<() => void>();
  #failed: unknown;

  private constructor(response: Response) {
    void this.#read(response).catch((error: unknown) => {
      this.#failed = error;
    });
  }

  static async open(origin: string): Promise<StreamReader> {
    const response = await fetch(`${origin}/api/stream`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`the stream answered ${response.status}`);
    return new StreamReader(response);
  }

  /** The first event of this name, from the beginning on, that fits. */
  async until<T>(name: string, fits: (data: T) => boolean): Promise<T> {
    for (;;) {
      const found = this.#events.find((event) => event.name === name && fits(event.data as T));
      if (found) return found.data as T;
      if (this.#failed) throw this.#failed;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Whether such an event has arrived. */
  has<T>(name: string, fits: (data: T) => boolean): boolean {
    return this.#events.some((event) => event.name === name && fits(event.data as T));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (this.#abort.signal.aborted) return;
      const events = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        const [, name = "", data = "null"] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
        this.#events.push({ name, data: JSON.parse(data) });
      }
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    }
  }
}
