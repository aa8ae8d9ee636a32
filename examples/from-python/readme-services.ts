// Python: the HTTP services in the README
import { setTimeout } from "node:timers/promises";
import { defineOptions, type HttpContext, type HttpRequest, http, httpError, Service } from "tomodachi";

/** "sleepy-sheep-counter" */
export class SheepCounter extends Service {
  name = "sleepy-sheep-counter";
  #sheep = 0;

  @http("POST", "/sheep")
  async addToSheepCount() {
    await setTimeout(Math.random() * 1000);
    this.#sheep++;
    return [200, String(this.#sheep)];
  }

  @http("GET", "/sheep")
  async returnSheepCount() {
    return [200, String(this.#sheep)];
  }
}

/** "Basic HTTP based service" */
export class HttpExample extends Service {
  name = "http-example";

  @http("GET", /\/resource\/(?<id>[^/]+?)\/?/)
  async resource({ params }: HttpRequest) {
    return `id = ${params["id"]}`;
  }

  @http("GET", "/health")
  async healthCheck() {
    return { body: "Healthy", status: 200 };
  }

  @httpError(404)
  async error404() {
    return "error 404";
  }
}

/** "Logging and log formatting" */
export class LoggingService extends Service {
  name = "service";

  @http("GET", "/example")
  async handler({ url }: HttpRequest, { logger }: HttpContext) {
    // The line contains the names of service and handler, and the id of the request.
    logger.info("http request");
    // The line contains the name of the service.
    this.logger.info({ httpRequestPath: url }, "adding extra");
    return new Response("hello world");
  }
}

/** "Options": proxies, keep-alive */
export class OptionsService extends Service {
  name = "example";
  override options = defineOptions({
    http: {
      port: 80,
      trustProxy: ["127.0.0.1/32", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
      keepAliveTimeout: "5s",
      maxRequestsPerSocket: 20,
    },
  });

  @http("GET", "/health")
  async healthCheck() {
    return [200, { status: "healthy" }];
  }

  @httpError(404)
  async error404() {
    return { error: "not-found" };
  }
}
