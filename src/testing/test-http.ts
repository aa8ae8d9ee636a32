/** Requests of a test to handlers of HTTP: the whole way from the router to the answer, without a port. */
import { transportOf } from "../service/running-services.ts";
import type { Service } from "../service/service.ts";
import { connectWebSocket, httpTransport } from "../transports/http/index.ts";
import { TestingError } from "./errors.ts";
import type { WaitOptions } from "./expectations.ts";
import { TestWebSocket } from "./test-websocket.ts";
import { waitMsOf } from "./wait-time.ts";

/** What a request of a test has. */
export interface TestRequestOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Put behind the path. */
  readonly query?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** An object is sent as JSON; a string or bytes unchanged. */
  readonly body?: unknown;
  /** The name of a service, where several have handlers of HTTP. @default the first that has one */
  readonly service?: string | undefined;
}

/** What a web socket of a test has. */
export interface TestWebSocketOptions extends Pick<TestRequestOptions, "headers" | "query" | "service">, WaitOptions {
  /** The subprotocols that the client knows. @default none */
  readonly protocols?: readonly string[] | undefined;
}

/** The answer to it. */
export interface TestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body, read as JSON. @throws SyntaxError if it is not JSON */
  json<T = unknown>(): T;
}

/** `app.http`. */
export class TestHttp {
  readonly #services: readonly Service[];

  /** @internal Use `app.http`. */
  constructor(services: readonly Service[]) {
    this.#services = services;
  }

  get(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("GET", path, options);
  }

  head(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("HEAD", path, options);
  }

  post(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("POST", path, options);
  }

  put(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("PUT", path, options);
  }

  patch(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("PATCH", path, options);
  }

  delete(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request("DELETE", path, options);
  }

  /** @throws ERR_TESTING_USAGE where no service has a handler of HTTP */
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
   * A web socket, when the handshake is done. `timeout` is how long its `next()` waits.
   * @throws ERR_TESTING_WEBSOCKET with the status where the service refused it; ERR_TESTING_USAGE
   */
  async websocket(path: string, options: TestWebSocketOptions = {}): Promise<TestWebSocket> {
    const { headers = {}, query, service, protocols = [] } = options;
    const { app } = transportOf(this.#serviceFor(service), httpTransport);
    const search = query ? `?${searchOf(query)}` : "";
    const answer = await connectWebSocket(app.server, `${path}${search}`, { headers, protocols });
    if (!("status" in answer)) return new TestWebSocket(answer, waitMsOf(options, 4000));
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
