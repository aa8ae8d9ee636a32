// Python: examples/docker_example/http_service, and "Example of a Docker service" in the README
import { defineOptions, http, httpError, Service } from "tomodachi";

export class ExampleService extends Service {
  name = "example";
  override options = defineOptions({ http: { port: 31337, serverHeader: "tomodachi" } });
  #healthy = true;

  // Objects are sent as JSON.
  @http("GET", "/")
  async index() {
    return { data: "hello world!", service: { name: this.name, uuid: this.uuid }, node: process.version };
  }

  @http("GET", /\/health\/?/, { ignoreLogging: true })
  async healthCheck() {
    return this.#healthy ? [200, { status: "healthy" }] : [503, { status: "not healthy" }];
  }

  @httpError(400)
  async error400() {
    return { error: "bad-request" };
  }

  @httpError(404)
  async error404() {
    return { error: "not-found" };
  }

  @httpError(405)
  async error405() {
    return { error: "method-not-allowed" };
  }
}
