/** Requests of a test to HTTP handlers. They take the whole way from the router to the answer, but use no port. */
import { transportOf } from "../service/running-services.ts";
import type { Service } from "../service/service.ts";
import { connectWebSocket, httpTransport } from "../transports/http/index.ts";
import { TestingError } from "./errors.ts";
import type { WaitOptions } from "./expectations.ts";
import { TestWebSocket } from "./test-websocket.ts";
import { waitMsOf } from "./wait-time.ts";

/** The options of a request. */
export interface TestRequestOptions {
  /** The headers of the request. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The query, which is added after the path. A list repeats its name. @default none */
  readonly query?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** The body. An object is sent as JSON; a string or bytes are sent unchanged. @default none */
  readonly body?: unknown;
  /** The name of the service, if several have HTTP handlers. @default the first service that has one */
  readonly service?: string | undefined;
}

/** The options of a web socket. `timeout` limits each `next()` and `json()`; its default is the `timeout` of `startService`. */
export interface TestWebSocketOptions extends Pick<TestRequestOptions, "headers" | "query" | "service">, WaitOptions {
  /** The subprotocols that the client accepts. @default none */
  readonly protocols?: readonly string[] | undefined;
}

/** The answer to a request. */
export interface TestResponse {
  /** The status code. */
  readonly status: number;
  /** The headers. A header that comes several times is a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as a string. */
  readonly text: string;
  /** The body as bytes. */
  readonly bytes: Buffer;
  /** Parses the body as JSON. @throws SyntaxError if it is not JSON */
  json<T = unknown>(): T;
}

/** The type of `app.http`. Each method resolves with the answer, whatever its status is. */
export class TestHttp {
  readonly #services: readonly Service[];
  readonly #timeoutMs: number;

  /** @internal Use `app.http`. */
  constructor(services: readonly Service[], timeoutMs: number) {
    this.#services = services;
    this.#timeoutMs = timeoutMs;
  }

  /** Sends a GET request. @throws as `request()` */
  get(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("GET", path, options);
  }

  /** Sends a HEAD request. @throws as `request()` */
  head(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("HEAD", path, options);
  }

  /** Sends a POST request. @throws as `request()` */
  post(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("POST", path, options);
  }

  /** Sends a PUT request. @throws as `request()` */
  put(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("PUT", path, options);
  }

  /** Sends a PATCH request. @throws as `request()` */
  patch(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("PATCH", path, options);
  }

  /** Sends a DELETE request. @throws as `request()` */
  delete(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("DELETE", path, options);
  }

  /** Sends a request with any method. @throws ERR_TESTING_USAGE if no service has an HTTP handler */
  async request(method: string, path: string, options: TestRequestOptions = {}): Promise<TestResponse> {
    const { headers = {}, query, body, service } = options;
    const { app } = transportOf(this.#serviceFor(service), httpTransport);
    const request = {
      method: method as "GET",
      url: path,
      headers: { ...headers },
      ...(query && { query: { ...query } }),
    };
    const answer = await app.inject({ ...request, ...(body !== undefined && { payload: body as object }) } as never);
    return {
      status: answer.statusCode,
      headers: answer.headers as TestResponse["headers"],
      text: answer.payload,
      bytes: answer.rawPayload,
      json: () => JSON.parse(answer.payload),
    };
  }

  /**
   * Opens a web socket, and resolves when the handshake is complete.
   * @throws ERR_TESTING_WEBSOCKET with `status` and `body` if the service refused the handshake
   * @throws ERR_TESTING_USAGE if no service has an HTTP handler
   */
  async websocket(path: string, options: TestWebSocketOptions = {}): Promise<TestWebSocket> {
    const { headers = {}, query, service, protocols = [] } = options;
    const { app } = transportOf(this.#serviceFor(service), httpTransport);
    const search = query ? `?${searchOf(query)}` : "";
    const answer = await connectWebSocket(app.server, `${path}${search}`, { headers, protocols });
    if (!("status" in answer)) return new TestWebSocket(answer, waitMsOf(options, this.#timeoutMs));
    const { status, body } = answer;
    const refused = new TestingError("ERR_TESTING_WEBSOCKET", `The web socket ${path} was rejected: ${status} ${body}`);
    throw Object.assign(refused, { status, body });
  }

  #serviceFor(name: string | undefined): Service {
    const able = this.#services.filter((service) => service.health().transports.some(answersRequests));
    const found = name === undefined ? able[0] : able.find((service) => service.name === name);
    if (found) return found;
    const whose = name === undefined ? "No service of this test" : `No service "${name}" of this test`;
    throw new TestingError("ERR_TESTING_USAGE", `${whose} has an HTTP handler. Put @http on one of its methods.`);
  }
}

function searchOf(query: NonNullable<TestRequestOptions["query"]>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) search.append(name, one);
  return search.toString();
}

function answersRequests({ routes }: { readonly routes?: readonly unknown[] }): boolean {
  return routes !== undefined && routes.length > 0;
}
