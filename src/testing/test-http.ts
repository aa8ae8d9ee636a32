/** Requests of a test to handlers of HTTP: the whole way from the router to the answer, without a port. */
import { transportOf } from "../service/running-services.ts";
import type { Service } from "../service/service.ts";
import { httpTransport } from "../transports/http/index.ts";
import { TestingError } from "./errors.ts";

/** What a request of a test has. */
export interface TestRequestOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Put behind the path. */
  readonly query?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** An object is sent as JSON; a string or bytes as they are. */
  readonly body?: unknown;
  /** The name of a service, where several have handlers of HTTP. @default the first that has one */
  readonly service?: string | undefined;
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

  #serviceFor(name: string | undefined): Service {
    const able = this.#services.filter((service) => service.health().transports.some(answersRequests));
    const found = name === undefined ? able[0] : able.find((service) => service.name === name);
    if (found) return found;
    const whose = name === undefined ? "No service of this test" : `No service "${name}" of this test`;
    throw new TestingError("ERR_TESTING_USAGE", `${whose} has a handler of HTTP. Put @http on a method of it.`);
  }
}

function answersRequests({ routes }: { readonly routes?: readonly unknown[] }): boolean {
  return routes !== undefined && routes.length > 0;
}
